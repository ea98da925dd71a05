import type { Celery, TaskRef } from '../../lib/index.ts';
import type * as peer from './tasks.ts';

/** Tasks of the peer, as a producer knows them. */
export interface CanvasTasks {
  readonly add: TaskRef<typeof peer.add>;
  readonly mul: TaskRef<typeof peer.mul>;
  readonly xsum: TaskRef<typeof peer.xsum>;
  readonly identity: TaskRef<typeof peer.identity>;
  readonly slow: TaskRef<typeof peer.slow>;
  readonly ignoredResult: TaskRef<typeof peer.ignoredResult>;
  readonly retryThenSucceed: TaskRef<typeof peer.retryThenSucceed>;
  readonly alwaysRetry: TaskRef<typeof peer.alwaysRetry>;
  readonly fail: TaskRef<typeof peer.fail>;
  readonly spawn: TaskRef<typeof peer.spawn>;
  /** It takes whatever it is given. */
  readonly requestInfo: TaskRef<unknown>;
  readonly replaceWithAdd: TaskRef<typeof peer.replaceWithAdd>;
  readonly replaceWithChain: TaskRef<typeof peer.replaceWithChain>;
  readonly replaceWithGroup: TaskRef<typeof peer.replaceWithGroup>;
  readonly replaceWith: TaskRef<typeof peer.replaceWith>;
  readonly addToChord: TaskRef<typeof peer.addToChord>;
  readonly onError: TaskRef<typeof peer.onError>;
  readonly onErrorOld: TaskRef<typeof peer.onErrorOld>;
}

/** Those tasks, sent by `app`. */
export function canvasTasks(app: Celery): CanvasTasks {
  return {
    add: app.ref<typeof peer.add>('interop.add'),
    mul: app.ref<typeof peer.mul>('interop.mul'),
    xsum: app.ref<typeof peer.xsum>('interop.xsum'),
    identity: app.ref<typeof peer.identity>('interop.identity'),
    slow: app.ref<typeof peer.slow>('interop.slow'),
    ignoredResult: app.ref<typeof peer.ignoredResult>('interop.ignored_result'),
    retryThenSucceed: app.ref<typeof peer.retryThenSucceed>('interop.retry_then_succeed'),
    alwaysRetry: app.ref<typeof peer.alwaysRetry>('interop.always_retry'),
    fail: app.ref<typeof peer.fail>('interop.fail'),
    spawn: app.ref<typeof peer.spawn>('interop.spawn'),
    requestInfo: app.ref('interop.request_info'),
    replaceWithAdd: app.ref<typeof peer.replaceWithAdd>('interop.replace_with_add'),
    replaceWithChain: app.ref<typeof peer.replaceWithChain>('interop.replace_with_chain'),
    replaceWithGroup: app.ref<typeof peer.replaceWithGroup>('interop.replace_with_group'),
    replaceWith: app.ref<typeof peer.replaceWith>('interop.replace_with'),
    addToChord: app.ref<typeof peer.addToChord>('interop.add_to_chord'),
    onError: app.ref<typeof peer.onError>('interop.on_error'),
    onErrorOld: app.ref<typeof peer.onErrorOld>('interop.on_error_old'),
  };
}
