import { pythonSuite } from './python.ts';

pythonSuite('kserve_client', () => ({
  iris: ['examples/iris/model.onnx'],
  identity_bytes: ['test/fixtures/identity_bytes.onnx'],
  identity_int64: ['test/fixtures/identity_int64.onnx'],
}));
