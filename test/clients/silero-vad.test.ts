import { packaged, pythonSuite } from './python.ts';

pythonSuite('silero_vad_package', () => ({ 'silero-vad': [packaged('silero_vad/data/silero_vad.onnx')] }));
