// The tenants `search` and `todo`: the policies beside this file, with entities made of the fixtures of the two interop
// scenarios.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const read = (data, file) => JSON.parse(readFileSync(join(data, 'authzen', file), 'utf8'));
const uid = (type, id) => ({ type, id });

function searchEntities(data) {
  const { users, records } = read(data, 'search-fixtures.json');
  return [
    ...users.map(({ id, ...attrs }) => ({ uid: uid('user', id), attrs, parents: [] })),
    ...records.map(({ id, owner, ...attrs }) => (
      { uid: uid('record', id), attrs: { ...attrs, owner: uid('user', owner) }, parents: [] })),
  ];
}

function todoEntities(data) {
  return Object.entries(read(data, 'todo-users.json')).map(([id, user]) => (
    { uid: uid('user', id), attrs: { email: user.id }, parents: user.roles.map((role) => uid('role', role)) }));
}

/** Writes both tenants below `folder`. */
export function layOutAuthzenTenants(data, folder) {
  const entities = { search: searchEntities(data), todo: todoEntities(data) };
  for (const tenant of ['search', 'todo']) {
    const to = join(folder, tenant);
    mkdirSync(to, { recursive: true });
    cpSync(join(here, tenant), to, { recursive: true });
    writeFileSync(join(to, 'tenant.yaml'), `id: ${tenant}\nname: Scenario ${tenant}\nplan: enterprise\n`);
    writeFileSync(join(to, 'entities.json'), JSON.stringify(entities[tenant]));
  }
}

/** The decisions and results of a scenario: `[{request, expected}]`. */
export function expectations(data, file, list = 'evaluation') {
  return read(data, file)[list];
}
