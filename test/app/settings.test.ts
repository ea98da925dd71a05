import { describe, expect, test } from 'vitest';
import { Celery, ImproperlyConfigured } from '../../lib/index.ts';

describe('settings', () => {
  test("are Celery's defaults where none are given", () => {
    expect(new Celery('shop').conf).toEqual({
      taskDefaultQueue: 'celery',
      taskRoutes: null,
      taskQueues: null,
      taskDefaultExchange: null,
      taskDefaultExchangeType: 'direct',
      taskDefaultRoutingKey: null,
      taskCreateMissingQueues: true,
      taskDefaultPriority: null,
      taskQueueMaxPriority: null,
      taskInheritParentPriority: false,
      taskSerializer: 'json',
      taskCompression: null,
      resultSerializer: 'json',
      resultCompression: null,
      largePayloads: {},
      acceptContent: ['json'],
      taskAllowErrorCbOnChordHeader: false,
      resultExpires: 86_400,
      resultExtended: false,
      taskTrackStarted: false,
      taskIgnoreResult: false,
      taskStoreErrorsEvenIfIgnored: false,
      taskAcksLate: true,
      taskAlwaysEager: false,
      taskEagerPropagates: false,
      taskSoftTimeLimit: null,
      taskTimeLimit: null,
      canvasMode: 'compatible',
      resultBackendTransportOptions: {},
    });
  });

  test('given as undefined stay at their defaults, and null is a value', () => {
    const { conf } = new Celery('shop', { taskDefaultQueue: undefined, resultExpires: null });

    expect(conf).toMatchObject({ taskDefaultQueue: 'celery', resultExpires: null });
  });

  test('keep results for a hundred years at most', () => {
    const { conf } = new Celery('shop', { resultExpires: 3_153_600_000 });

    expect(conf.resultExpires).toBe(3_153_600_000);
    expect(() => new Celery('shop', { resultExpires: 3_153_600_001 })).toThrow('or null to keep');
  });

  test('cannot be changed afterwards', () => {
    const { conf } = new Celery('shop');

    expect(() => Object.assign(conf, { resultExtended: true })).toThrow(TypeError);
  });

  test('are what tasks say nothing of', () => {
    const app = new Celery('shop', { taskTrackStarted: true, taskDefaultQueue: 'jobs' });
    app.task('shop.add', () => 1);
    app.task('shop.mul', { trackStarted: false, queue: 'math' }, () => 1);

    expect(app.tasks.get('shop.add')?.options).toMatchObject({ trackStarted: true, queue: 'jobs' });
    expect(app.tasks.get('shop.mul')?.options).toMatchObject({
      trackStarted: false,
      queue: 'math',
    });
  });

  test('of limits and of what is kept are what tasks say nothing of, too', () => {
    const app = new Celery('shop', {
      taskIgnoreResult: true,
      taskStoreErrorsEvenIfIgnored: true,
      taskSoftTimeLimit: 10,
      taskTimeLimit: 20,
    });
    app.task('shop.add', () => 1);
    app.task('shop.mul', { ignoreResult: false, timeLimit: 5 }, () => 1);

    const kept = { storeErrorsEvenIfIgnored: true, softTimeLimit: 10 };
    expect(app.tasks.get('shop.add')?.options).toMatchObject({
      ...kept,
      ignoreResult: true,
      timeLimit: 20,
    });
    expect(app.tasks.get('shop.mul')?.options).toMatchObject({
      ...kept,
      ignoreResult: false,
      timeLimit: 5,
    });
  });

  test.for([
    ['task_track_started', 'taskTrackStarted'],
    ['resultExpire', 'resultExpires'],
    ['task', 'tasks'],
    ['endpoint', 'endpoints'],
  ] as const)('that are unknown are an error: %s is near %s', ([name, nearest]) => {
    const make = () => new Celery('shop', { [name]: true });

    expect(make).toThrow(ImproperlyConfigured);
    expect(make).toThrow(
      `Unknown setting '${name}' of app 'shop'; the nearest known one is '${nearest}'`,
    );
  });

  test.for([
    [{ resultExpires: -1 }, 'a positive number of seconds'],
    [{ resultExpires: Number.POSITIVE_INFINITY }, 'null to keep results for ever, got Infinity'],
    [{ resultExpires: 1e308 }, 'null to keep results for ever, got 1e+308'],
    [{ acceptContent: ['pickle'] }, 'a list of names of serializers, without pickle'],
    [{ taskAlwaysEager: 'yes' }, 'true or false'],
    [{ engine: 'redis' }, "'memory'"],
    [{ taskSerializer: 'pickle' }, 'never pickle'],
    [{ resultSerializer: 'pickle' }, 'never pickle'],
    [{ taskCompression: 'bzip2' }, 'one of gzip, zlib, brotli, zstd, or null'],
    [{ largePayloads: true }, 'an object, or false for none'],
    [{ largePayloads: { bodyBytes: -1 } }, 'a whole number of bytes'],
    [{ largePayloads: { bodyByte: 1 } }, "the nearest known one is 'bodyBytes'"],
    [{ resultBackendTransportOptions: { global_keyprefix: 'x' } }, "'globalKeyprefix'"],
  ] as const)('that cannot be meant are an error: %j', ([settings, message]) => {
    expect(() => new Celery('shop', settings as object)).toThrow(message);
  });
});
