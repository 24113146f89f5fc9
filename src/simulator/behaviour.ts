// How the simulated cloud answers where the documentation leaves a choice or where deployments differ. Every value can
// be changed while it runs. The defaults are the documented or the most probable ones.

export interface Behaviour {
  /** `lenient` takes a space as the plus sign of a time, `strict` answers 400. */
  timeFilter: 'lenient' | 'strict';
  /** `end_time` of a running backup. */
  buildingEndTime: 'null' | 'empty' | 'absent' | 'begin';
  /** `database_tables` of an instance backup. */
  instanceRowTables: 'empty' | 'null' | 'absent';
  /** The numeric zone in which times are shown. */
  zone: '+0000' | '+0800';
  /** Whether ties in the order of backups are dealt anew at each request. */
  tieOrder: 'stable' | 'shuffled';
  expiredToken: 'APIGW.0301' | 'APIGW.0307';
  /** `service` answers a bad token with 403 DBS.280056 instead of 401. */
  badToken: 'gateway' | 'service';
  /** Answer to a project that the caller may not see or that does not exist. */
  foreignProject: 'forbidden' | 'bad_project';
  /** Answer where the permission is missing. */
  noPermission: '403' | '400' | 'empty';
  /** Actions that the caller's policy grants; null = all. */
  permissions: readonly string[] | null;
  /** Signed requests may be this old or early. */
  skewLimitSeconds: number;
  /** The gateway's clock runs ahead of the simulated one by this much. */
  clockSkewMs: number;
  tokenHours: number;
  /** Success code of the v3 policy call. */
  policyV3Status: 200 | 202;
  /** Answers after at least this time. */
  latencyMs: number;
  codes: ParameterCodes;
}

/** Codes of rejected parameters, all with HTTP 400. */
export interface ParameterCodes {
  limit: string;
  offset: string;
  beginTime: string;
  endTime: string;
  parameter: string;
}

export const defaultBehaviour: Behaviour = {
  timeFilter: 'lenient',
  buildingEndTime: 'null',
  instanceRowTables: 'empty',
  zone: '+0000',
  tieOrder: 'stable',
  expiredToken: 'APIGW.0301',
  badToken: 'gateway',
  foreignProject: 'forbidden',
  noPermission: '403',
  permissions: null,
  skewLimitSeconds: 900,
  clockSkewMs: 0,
  tokenHours: 24,
  policyV3Status: 202,
  latencyMs: 0,
  codes: {
    limit: 'DBS.280439',
    offset: 'DBS.280440',
    beginTime: 'DBS.280067',
    endTime: 'DBS.280068',
    parameter: 'DBS.200001',
  },
};
