import type { Broker, Clock, Logger, Random, ResultBackend } from '../ports/index.ts';
import { anyForm, type Forms } from '../producer/index.ts';
import type { Endpoints } from '../protocol/index.ts';
import type { TaskSource } from './registry.ts';
import { type Settings, settingForms } from './settings.ts';

/** What an application is made with: where its engine is, its shared tasks, its ports, and Celery's settings. */
export interface CeleryOptions extends Partial<Settings> {
  /** Shared tasks, and modules whose shared tasks become this application's. */
  readonly tasks?: readonly TaskSource[];
  /** Queues and tables: a value that `CELERY_ENDPOINTS` takes. @default the environment's CELERY_ENDPOINTS, at first use */
  readonly endpoints?: string | Endpoints;
  /** Queues, results and workers in this process. @default - the one that the endpoints name */
  readonly engine?: 'memory';
  /** Sends messages instead of the engine's. */
  readonly broker?: Broker;
  /** Keeps results instead of the engine's. */
  readonly resultBackend?: ResultBackend;
  /** @default the machine's */
  readonly clock?: Clock;
  /** @default the platform's */
  readonly random?: Random;
  /** @default warnings and errors to the console */
  readonly logger?: Logger;
}

/** What their values look like. */
export const celeryOptionForms: Forms<CeleryOptions> = {
  ...settingForms,
  tasks: ['a list of shared tasks and modules', Array.isArray],
  endpoints: ['the text that the stack prints as CeleryEndpoints', isTextOrObject],
  engine: ["'memory'", (value) => value === 'memory'],
  broker: anyForm,
  resultBackend: anyForm,
  clock: anyForm,
  random: anyForm,
  logger: anyForm,
};

/** Producers have little to say; workers are given a logger of their own. */
export const warningsLogger: Logger = {
  debug() {},
  info() {},
  warn: (message, fields) => console.warn(message, fields ?? ''),
  error: (message, fields) => console.error(message, fields ?? ''),
};

function isTextOrObject(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
