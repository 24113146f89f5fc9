// What a reader of the status page asked for, from the address and back into addresses. What makes no sense is left out:
// a status page answers.

import { type InstanceQuery, type InstanceSort, instanceSorts } from '../../inventory/overview.ts';
import { protectionStates } from '../../inventory/snapshot.ts';

export const defaultQuery: InstanceQuery = {
  search: '',
  protection: null,
  control: null,
  sort: 'verdict',
  descending: false,
  page: 1,
};

const longestSearch = 200;

/** Sorts that begin with the greatest, or with the oldest where a reader looks for trouble. */
const descendsFirst: ReadonlySet<InstanceSort> = new Set(['backups', 'stored']);

export function readQuery(parameters: URLSearchParams): InstanceQuery {
  const sort = instanceSorts.find((one) => one === parameters.get('sort')) ?? defaultQuery.sort;
  const order = parameters.get('order');
  const control = parameters.get('control') ?? '';
  return {
    search: withoutControls(parameters.get('q') ?? '')
      .trim()
      .slice(0, longestSearch),
    protection: protectionStates.find((one) => one === parameters.get('state')) ?? null,
    control: /^BK-\d\d$/.test(control) ? control : null,
    sort,
    descending: order === null ? descendsFirst.has(sort) : order === 'desc',
    page: pageOf(parameters.get('page')),
  };
}

/** A page number; 1 where there is none that makes sense. */
export function pageOf(text: string | null): number {
  const page = Number(text ?? 1);
  return Number.isSafeInteger(page) && page >= 1 && page <= 1_000_000 ? page : 1;
}

/** The address of the status page for a query, with what differs from the default. */
export function statusAddress(query: InstanceQuery, changes: Partial<InstanceQuery> = {}): string {
  const wanted = { ...query, ...changes };
  const parameters = new URLSearchParams();
  if (wanted.search !== '') parameters.set('q', wanted.search);
  if (wanted.protection !== null) parameters.set('state', wanted.protection);
  if (wanted.control !== null) parameters.set('control', wanted.control);
  if (wanted.sort !== defaultQuery.sort) parameters.set('sort', wanted.sort);
  if (wanted.descending !== descendsFirst.has(wanted.sort)) parameters.set('order', wanted.descending ? 'desc' : 'asc');
  if (wanted.page !== 1) parameters.set('page', String(wanted.page));
  const text = parameters.toString();
  return `/${text === '' ? '' : `?${text}`}#instances`;
}

/** The changes that a click on a column's head makes. */
export function sortedBy(query: InstanceQuery, sort: InstanceSort): Partial<InstanceQuery> {
  const descending = query.sort === sort ? !query.descending : descendsFirst.has(sort);
  return { sort, descending, page: 1 };
}

export function instanceAddress(projectId: string, instanceId: string): string {
  return `/instances/${encodeURIComponent(projectId)}/${encodeURIComponent(instanceId)}`;
}

/** Postgres text has no zero character, and the others help nobody search. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}
