export { type BlobStoreFixture, describeBlobStore } from './blob-store.ts';
export { type BrokerFixture, describeBroker } from './broker.ts';
export { describeRateClocks, type RateClocksFixture } from './rate-clocks.ts';
export { describeResultBackend, type ResultBackendFixture } from './result-backend.ts';
export { describeRevocations, type RevocationsFixture } from './revocations.ts';
export { describeSchedules, type SchedulesFixture } from './schedules.ts';
export { describeStartMarks, type StartMarksFixture } from './start-marks.ts';
export { describeUniqueClaims, type UniqueClaimsFixture } from './unique-claims.ts';
export type { Fixture } from './with-fixture.ts';
