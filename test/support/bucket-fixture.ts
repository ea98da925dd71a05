import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LazyS3 } from '../../lib/aws/index.ts';
import { evenIfAnsweredLate } from './answered-late.ts';

/** A bucket of one test file on the engine. */
export interface BucketFixture {
  readonly bucket: string;
  readonly s3: LazyS3;
  /** Of all that is in it. */
  keys(): Promise<readonly string[]>;
  /** Deletes the bucket and all that is in it. */
  close(): Promise<void>;
}

export async function openBucket(): Promise<BucketFixture> {
  const s3 = new LazyS3(process.env.AWS_REGION ?? 'us-east-1');
  const client = (await s3.load()).client as S3Client;
  const bucket = `payloads-${randomUUID()}`;
  const creation = client.send(new CreateBucketCommand({ Bucket: bucket }));
  await evenIfAnsweredLate(creation, 'BucketAlreadyOwnedByYou');
  const keys = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key);
  };
  return {
    bucket,
    s3,
    keys,
    async close() {
      const Objects = (await keys()).map((Key) => ({ Key }));
      if (Objects.length > 0) {
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
      }
      const deletion = client.send(new DeleteBucketCommand({ Bucket: bucket }));
      await evenIfAnsweredLate(deletion, 'NoSuchBucket');
      await s3.destroy();
    },
  };
}
