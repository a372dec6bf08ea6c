import { S3Server } from './servers.ts';
import { s3Writers } from './writers.ts';

s3Writers(() => S3Server.minio(), { turns: 25, kills: 20 });
