export { type AwsAdaptersOptions, createAwsAdapters } from './aws-adapters.ts';
export { type ClientOptions, type Clients, createClients } from './clients.ts';
export { DynamoDBAdmissions, type DynamoDBAdmissionsOptions } from './dynamodb-admissions.ts';
export { DynamoDBChords, type DynamoDBChordsOptions } from './dynamodb-chords.ts';
export { DynamoDBGroups, type DynamoDBGroupsOptions } from './dynamodb-groups.ts';
export {
  DynamoDBNativeCanvas,
  type DynamoDBNativeCanvasOptions,
} from './dynamodb-native-canvas.ts';
export { DynamoDBRateClocks, type DynamoDBRateClocksOptions } from './dynamodb-rate-clocks.ts';
export {
  DynamoDBResultBackend,
  type DynamoDBResultBackendOptions,
} from './dynamodb-result-backend.ts';
export { DynamoDBRevocations, type DynamoDBRevocationsOptions } from './dynamodb-revocations.ts';
export { DynamoDBStartMarks, type DynamoDBStartMarksOptions } from './dynamodb-start-marks.ts';
export {
  DynamoDBUniqueClaims,
  type DynamoDBUniqueClaimsOptions,
} from './dynamodb-unique-claims.ts';
export {
  EventBridgeSchedules,
  type EventBridgeSchedulesOptions,
} from './eventbridge-schedules.ts';
export { QueueDirectory, type QueueUrls } from './queue-directory.ts';
export { readParameter } from './read-parameter.ts';
export { S3BlobStore, type S3BlobStoreOptions } from './s3-blob-store.ts';
export { LazyS3 } from './s3-client.ts';
export { LazyScheduler, type LoadedScheduler } from './scheduler-client.ts';
export { LazySns, type LoadedSns } from './sns-client.ts';
export { SnsFanout, type SnsFanoutOptions } from './sns-fanout.ts';
export { SqsBroker, type SqsBrokerOptions } from './sqs-broker.ts';
export { SqsConsumer, type SqsConsumerOptions } from './sqs-consumer.ts';
