/** What Lambda's SQS event source hands to a function: the part of it that a worker reads. */
export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: {
    readonly ApproximateReceiveCount: string;
    readonly SentTimestamp: string;
    readonly MessageGroupId?: string;
  };
  readonly messageAttributes?: Readonly<Record<string, SqsRecordAttribute>>;
  readonly eventSourceARN: string;
}

export interface SqsRecordAttribute {
  readonly dataType?: string;
  readonly stringValue?: string;
  /** In base64. */
  readonly binaryValue?: string;
}

/** The part of Lambda's context that a worker reads. */
export interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  getRemainingTimeInMillis(): number;
}

/** A partial batch response: what Lambda must not delete. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}
