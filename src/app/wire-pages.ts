// The pages of the web surface, in order.

import type { Config } from '../config.ts';
import type { Clock } from '../inventory/ports.ts';
import type { Database } from '../postgres/database.ts';
import type { Page } from '../web/answers.ts';

export interface PagesInput {
  config: Config;
  database: Database;
  clock: Clock;
}

/** `/`, the instances and the reports. */
export function pagesOf(_input: PagesInput): readonly Page[] {
  return [];
}
