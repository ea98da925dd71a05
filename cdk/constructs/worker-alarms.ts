import type { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { TaskQueue } from './task-queue.ts';

/** Properties of `WorkerAlarms`. */
export interface WorkerAlarmsProps {
  /** Whose failed invocations count. */
  readonly function: IFunction;
  /** The queues it serves. */
  readonly queues: readonly TaskQueue[];
  /** How long the oldest message may wait. */
  readonly maxMessageAge: Duration;
  /** What every alarm does. */
  readonly actions: readonly IAlarmAction[];
}

/**
 * What somebody should look at: letters on a dead-letter queue, invocations that failed (a crash or a timeout: a
 * task that raises is no failed invocation), a queue that workers do not keep up with.
 */
export class WorkerAlarms extends Construct {
  /** Every alarm there is. */
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: WorkerAlarmsProps) {
    super(scope, id);
    this.all = [
      this.above('Errors', 0, props.function.metricErrors(), 'Invocations of the worker failed'),
      ...props.queues.flatMap((queue) => this.ofQueue(queue, props.maxMessageAge)),
    ];
    for (const alarm of this.all) alarm.addAlarmAction(...props.actions);
  }

  private ofQueue(queue: TaskQueue, maxAge: Duration): Alarm[] {
    const scope = new Construct(this, queue.translatedName);
    return [
      this.above(
        'DeadLetters',
        0,
        queue.metricDeadLetters(),
        `Letters on the dead-letter queue of '${queue.name}'`,
        scope,
      ),
      this.above(
        'Age',
        maxAge.toSeconds(),
        queue.metricAgeOfOldestMessage(),
        `Tasks of '${queue.name}' wait more than ${maxAge.toHumanString()}`,
        scope,
      ),
    ];
  }

  private above(
    id: string,
    threshold: number,
    metric: Metric,
    alarmDescription: string,
    scope: Construct = this,
  ): Alarm {
    return new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
