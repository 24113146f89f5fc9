// The cloud services that can be read. One line each; no scanning.

import { geminidb } from './geminidb.ts';
import type { CloudService } from './service.ts';

export const services: readonly CloudService[] = [geminidb];
