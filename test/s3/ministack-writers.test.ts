import { S3Server } from './servers.ts';
import { s3Writers } from './writers.ts';

s3Writers(() => S3Server.ministack(), { turns: 25, kills: 10 });
