// Compares the alerts that fired with those that must. Pure.

import type { Estate } from './estate.ts';
import type { Expected, Incident } from './incidents.ts';
import type { FiringAlert } from './prometheus.ts';

export interface Judgement {
  /** Stories with the alerts that did not arrive. */
  missing: string[];
  /** Alerts that nobody expected. */
  unexpected: string[];
  /** Alerts that do not say by name whom they are about. */
  nameless: string[];
}

/** Everything that fired in a while, each once. */
export type Fired = Map<string, FiringAlert>;

export function keyOf({ name, labels }: Pick<FiringAlert, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}="${value}"`).join(', ')}}`;
}

/** `played` must have arrived; what `before` it was played may still fire. */
export function judge(
  fired: Fired,
  { played, before }: { played: readonly Incident[]; before: readonly Incident[] },
  estate: Estate,
): Judgement {
  const keysOf = ({ story }: Incident, list: readonly Expected[]) =>
    list.map((one) => ({ story, one, key: expectedKey(one, estate) }));
  const must = played.flatMap((incident) => keysOf(incident, incident.expects));
  const tolerated = [...before, ...played].flatMap((incident) => keysOf(incident, incident.tolerates ?? []));
  const earlier = before.flatMap((incident) => keysOf(incident, incident.expects));
  const may = new Map([...tolerated, ...earlier, ...must].map((entry) => [entry.key, entry]));
  return {
    missing: must.flatMap(({ key, story }) => (fired.has(key) ? [] : [`${story}: ${key}`])),
    unexpected: [...fired].flatMap(([key, { summary }]) => (may.has(key) ? [] : [`${key}: ${summary}`])),
    nameless: [...fired].flatMap(([key, { summary }]) => {
      const { part, instance } = may.get(key)?.one ?? {};
      return [part, instance].every((name) => name === undefined || summary.includes(name))
        ? []
        : [`${key}: ${summary}`];
    }),
  };
}

function expectedKey({ alert, part, instance, labels }: Expected, estate: Estate): string {
  return keyOf({
    name: alert,
    labels: {
      ...labels,
      ...(part !== undefined && { project_id: estate.projectOf(part) }),
      ...(instance !== undefined && { instance_id: estate.instances.get(instance) ?? `no instance ${instance}` }),
    },
  });
}
