// Every service that can be read passes the contract.

import { expect, test } from 'vitest';
import { geminidb } from '../../src/huawei/services/geminidb.ts';
import { services } from '../../src/huawei/services/index.ts';
import { backupRow } from './cloud-server.ts';
import { describeServiceContract } from './service-contract.ts';

const backupFields = { id: 'id', order: 'begin_time' };
const tables = [{ database_name: 'DATABASE_X', table_names: ['TABLE_A'] }];

describeServiceContract(geminidb, {
  rows: {
    instances: {
      id: '43e4feaab48f11e89039fa163ebaa7e4in06',
      name: 'orders',
      status: 'normal',
      mode: 'Cluster',
      created: '2019-01-17T07:05:52',
      datastore: { type: 'cassandra', version: '3.11' },
      backup_strategy: { start_time: '16:00-17:00', keep_days: 7 },
    },
    instance_backups: backupRow(),
    database_table_backups: backupRow({ database_tables: tables }),
  },
  fields: {
    instances: { id: 'id', order: 'created' },
    instance_backups: backupFields,
    database_table_backups: backupFields,
  },
  farFuture: '2030-01-01T00:00:00+0000',
});

test('each service of the list has its contract run here', () => {
  expect(services.map(({ name }) => name)).toEqual(['geminidb']);
});
