export {
  MemoryEngine,
  type MemoryEngineOptions,
  type ParkedView,
  type PythonPutOptions,
} from './memory-engine.ts';
export type { QueuedMessage } from './memory-queue.ts';
export type { ResultItem } from './memory-result-backend.ts';
export type { ScheduleFaults } from './memory-schedules.ts';
export { PythonChords } from './python-chords.ts';
export type { QueueOptions } from './queue-options.ts';
