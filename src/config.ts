// The configuration's public face: file + environment → Config. How it is done is in config/.

export type {
  CloudAuth,
  CloudConfig,
  CloudSettings,
  Config,
  DatabaseConfig,
  DiscoveryConfig,
  Exemption,
  HttpConfig,
  Match,
  Objective,
  ProjectConfig,
  ScheduleConfig,
} from './config/types.ts';
