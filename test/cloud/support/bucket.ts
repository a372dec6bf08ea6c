import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { EmulatedAws } from './emulated-aws.ts';

/** The bucket of a registry, as whoever owns it can reach it. */
export class Bucket {
  readonly name: string;
  readonly #client: S3Client;

  /** As its owner, or as whom `aws` says. */
  constructor(aws: Pick<EmulatedAws, 'config'>, name: string) {
    this.name = name;
    this.#client = new S3Client(aws.config);
  }

  static async create(aws: Pick<EmulatedAws, 'config'>, name: string): Promise<Bucket> {
    const bucket = new Bucket(aws, name);
    await bucket.#client.send(new CreateBucketCommand({ Bucket: name }));
    return bucket;
  }

  /** As `--store` takes it. */
  get url(): string {
    return `s3://${this.name}`;
  }

  async exists(): Promise<boolean> {
    const request = new HeadBucketCommand({ Bucket: this.name });
    return this.#client.send(request).then(
      () => true,
      () => false,
    );
  }

  async keys(prefix: string): Promise<string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix }));
    return Contents.map(({ Key }) => Key ?? '');
  }

  /** Gives the id of the version that it has become. */
  async put(key: string, body: string | Uint8Array): Promise<string> {
    const { VersionId = '' } = await this.#client.send(
      new PutObjectCommand({ Bucket: this.name, Key: key, Body: Buffer.from(body) }),
    );
    return VersionId;
  }

  async text(key: string): Promise<string> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return (await Body?.transformToString()) ?? '';
  }

  /** Takes an object away, and gives what brings it back: the bucket keeps every version. */
  async hide(key: string): Promise<() => Promise<void>> {
    const object = { Bucket: this.name, Key: key };
    const { VersionId, DeleteMarker } = await this.#client.send(new DeleteObjectCommand(object));
    if (!DeleteMarker) throw new Error(`${key} is gone for good: the bucket is not versioned`);
    return async () => void (await this.#client.send(new DeleteObjectCommand({ ...object, VersionId })));
  }

  /** The names of the statements of its policy. */
  async statements(): Promise<string[]> {
    const { Policy = '{}' } = await this.#client.send(new GetBucketPolicyCommand({ Bucket: this.name }));
    const { Statement = [] } = JSON.parse(Policy) as { Statement?: { Sid?: string; Action?: string }[] };
    return Statement.map(({ Sid, Action }) => Sid ?? String(Action));
  }

  close(): void {
    this.#client.destroy();
  }
}
