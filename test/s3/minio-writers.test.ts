import { S3Server } from './servers.ts';
import { s3Writers } from './writers.ts';

s3Writers(() => S3Server.minio(), { turns: 50, kills: 40 });
