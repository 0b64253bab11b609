// Drives a site with the npm package `shotgun-nodejs` as it is, and prints what it got as JSON.
// Arguments: the site's address, a script's name and key, the id of a project.

const { ShotgunApiClient } = require('shotgun-nodejs');

const [siteUrl, client_id, client_secret, projectId] = process.argv.slice(2);
const project = { type: 'Project', id: Number(projectId) };
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64');

async function walk(page, client) {
  const ids = [];
  let pages = 0;
  for (; page; page = await page.getNext({ client })) {
    pages += 1;
    ids.push(...page.data.map(row => row.id));
  }
  return { pages, ids };
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.message;
  }
  return null;
}

async function upload(client, entityId, fieldName) {
  const uploadFileBlob = new Uint8Array(PIXEL);
  uploadFileBlob.type = 'image/png';
  uploadFileBlob.size = PIXEL.length;
  await client.entityItemUpload(
    { entity: 'shots', entityId, fieldName, targetFileName: 'pixel.png', uploadFileBlob });
}

async function stored(url) {
  const answer = await fetch(url);
  return answer.ok && Buffer.from(await answer.arrayBuffer()).equals(PIXEL);
}

async function main() {
  const credentials = { grant_type: 'client_credentials', client_id, client_secret };
  const client = new ShotgunApiClient({ siteUrl, credentials });
  const said = {};

  said.token = await client.connect();
  said.badKey = await refusal(new ShotgunApiClient(
    { siteUrl, credentials: { ...credentials, client_secret: 'wrong' } }).connect());

  const inProject = { 'project.Project.id': projectId };
  said.shots = await walk(
    await client.entityReadAll({ entity: 'shots', filter: inProject, fields: ['code'], pageSize: 5 }),
    client);
  said.newestFirst = (await client.entityReadAll(
    { entity: 'shots', filter: inProject, sort: '-id', pageSize: 3 })).data.map(row => row.id);
  said.retired = (await client.entityReadAll(
    { entity: 'shots', options: { return_only: 'retired' } })).data.length;

  const triple = ['project', 'is', project];
  said.array = (await client.entitySearch(
    { entity: 'shots', filters: [triple], fields: 'code,sg_sequence', pageSize: 100 })).data;
  said.hash = (await client.entitySearch({
    entity: 'shots',
    filters: { logical_operator: 'and', conditions: [triple] },
    fields: ['code', 'sg_sequence'],
    pageSize: 100,
  })).data;
  said.badFilter = await refusal(client.entitySearch(
    { entity: 'shots', filters: [['sg_nope', 'is', 1]] }));

  const made = await client.entityCreate(
    { entity: 'shots', data: { code: 'node_010', project, sg_status_list: 'wtg' } });
  said.created = made;
  said.updated = await client.entityUpdate(
    { entity: 'shots', entityId: made.id, data: { sg_status_list: 'ip' } });
  said.read = await client.entityRead({ entity: 'Shot', entityId: made.id });
  said.deleted = await client.entityDelete({ entity: 'shots', entityId: made.id }) === undefined;
  said.gone = await refusal(client.entityRead({ entity: 'shots', entityId: made.id }));
  said.revived = await client.entityRevive({ entity: 'shots', entityId: made.id });
  said.again = await client.entityRead(
    { entity: 'shots', entityId: made.id, fields: ['code', 'sg_status_list'] });

  said.batch = await client.entityBatch({
    requests: [
      { request_type: 'create', entity: 'Shot', data: { code: 'node_020', project } },
      { request_type: 'update', entity: 'Shot', record_id: made.id, data: { code: 'node_015' } },
      { request_type: 'delete', entity: 'Shot', record_id: made.id },
    ],
  });

  const other = said.batch[0].data.id;
  await upload(client, other, 'image');
  await upload(client, other);
  const attached = await client.entitySearch({
    entity: 'attachments',
    filters: [['attachment_links', 'is', { type: 'Shot', id: other }]],
    fields: '*',
  });
  said.attachments = attached.data.map(row => row.attributes.this_file.name);
  said.bytes = await stored(attached.data[0].attributes.this_file.url);

  said.types = Object.keys(await client.schemaGet({}));
  said.type = await client.schemaGet({ entity: 'Shot' });
  said.fields = await client.schemaGet({ entity: 'Shot', isFieldsWanted: true, projectId });

  const entity = 'Shot', fieldName = 'sg_node_grade';
  const grade = name => ({ data_type: 'text', properties: { name } });
  said.fieldMade = await client.schemaFieldCreate(
    { entity, schemaFieldDefinition: grade('Node Grade') });
  said.fieldChanged = await client.schemaFieldUpdate(
    { entity, fieldName, schemaFieldDefinition: grade('Node Look') });
  await client.schemaFieldDelete({ entity, fieldName });
  said.fieldTaken = await refusal(client.schemaFieldCreate(
    { entity, schemaFieldDefinition: grade('Node Grade') }));
  await client.schemaFieldRevive({ entity, fieldName });
  said.fieldsAfter = await client.schemaGet({ entity, isFieldsWanted: true });

  said.preferences = await client.preferencesGet({ names: ['hours_per_day', 'nope'] });

  console.log(JSON.stringify(said));
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
