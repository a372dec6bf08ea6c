import { s3Contract } from './contract.ts';
import { S3Server } from './servers.ts';

s3Contract(() => S3Server.minio());
