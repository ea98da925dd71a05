export { AsyncResult } from './async-result.ts';
export { groupCodec } from './group-codec.ts';
export { type GetOptions, Results, type ResultsOptions, type RevokeOptions } from './results.ts';
export { type DocumentReader, readDocument, type Snapshot } from './snapshot.ts';
