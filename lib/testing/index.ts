export { ManualClock } from './manual-clock.ts';
export { SeededRandom } from './seeded-random.ts';
export {
  type DeadLetter,
  type RecordedTask,
  type Span,
  startTestWorker,
  TestWorker,
  type TestWorkerOptions,
} from './test-worker.ts';
