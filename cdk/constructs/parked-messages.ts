import { Names, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { ParkingPlace } from '../../lib/protocol/endpoints.ts';
import type { TaskQueue } from './task-queue.ts';

/** Properties of `ParkedMessages`. */
export interface ParkedMessagesProps {
  /** The queues that messages are parked from, and come back to. */
  readonly queues: readonly TaskQueue[];
}

/**
 * Where workers put messages that have to wait for longer than 15 minutes: a schedule group of EventBridge Scheduler,
 * and the role as which it sends them back, trusted for that group alone.
 */
export class ParkedMessages extends Construct {
  readonly group: ScheduleGroup;
  readonly role: Role;
  /** What `CELERY_ENDPOINTS` says of it. */
  readonly place: ParkingPlace;

  constructor(scope: Construct, id: string, { queues }: ParkedMessagesProps) {
    super(scope, id);
    const scheduleGroupName = Names.uniqueResourceName(this, { separator: '-', maxLength: 64 });
    this.group = new ScheduleGroup(this, 'Group', { scheduleGroupName });
    this.role = new Role(this, 'Role', {
      description: 'Sends parked Celery messages back to their queues',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.group.scheduleGroupArn },
        },
      }),
    });
    for (const queue of queues) {
      queue.grantSend(this.role);
      // Scheduler takes no FIFO queue as a dead-letter queue.
      if (!queue.fifo) queue.grantSendDeadLetters(this.role);
    }
    this.place = { group: scheduleGroupName, role: this.role.roleArn };
  }

  /** Lets `grantee` park messages and bring them home, as workers do. */
  grantPark(grantee: IGrantable): Grant {
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.group.scheduleGroupName}/*`,
    });
    const grant = (actions: string[], resourceArn: string, conditions?: object) =>
      Grant.addToPrincipal({
        grantee,
        actions,
        resourceArns: [resourceArn],
        ...(conditions && { conditions: { ...conditions } }),
      });
    return grant(
      ['scheduler:CreateSchedule', 'scheduler:GetSchedule', 'scheduler:DeleteSchedule'],
      schedules,
    )
      .combine(
        // IAM knows no resource for it.
        grant(['scheduler:ListSchedules'], '*'),
      )
      .combine(
        grant(['iam:PassRole'], this.role.roleArn, {
          StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
        }),
      );
  }
}
