// GeminiDB (GaussDB for NoSQL): its three lists. Needs gaussdbfornosql:backup:list and gaussdbfornosql:instance:list.

import { backupList } from './geminidb-backups.ts';
import { instanceList } from './geminidb-instances.ts';
import type { CloudService } from './service.ts';

export const geminidb: CloudService = {
  name: 'geminidb',
  hostPrefix: 'gaussdb-nosql',
  lists: {
    instances: instanceList,
    instance_backups: backupList('instance_backups'),
    database_table_backups: backupList('database_table_backups'),
  },
};
