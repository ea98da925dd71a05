import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

/** The two clients with the commands that a worker needs, and nothing else. */
export const handler: readonly unknown[] = [
  SQSClient,
  SendMessageCommand,
  SendMessageBatchCommand,
  ReceiveMessageCommand,
  DeleteMessageCommand,
  ChangeMessageVisibilityCommand,
  DynamoDBClient,
  BatchGetItemCommand,
  UpdateItemCommand,
  DeleteItemCommand,
];
