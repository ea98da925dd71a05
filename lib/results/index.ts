export { AsyncResult } from './async-result.ts';
export { groupCodec } from './group-codec.ts';
export { GroupResult, type MembersOf } from './group-result.ts';
export { ResultGraph, type ResultNode } from './result-graph.ts';
export { type JoinOptions, ResultSet } from './result-set.ts';
export { type GetOptions, Results, type ResultsOptions, type RevokeOptions } from './results.ts';
export { type DocumentReader, hasNoOutcome, readDocument, type Snapshot } from './snapshot.ts';
