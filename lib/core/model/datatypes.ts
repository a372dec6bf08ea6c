/** Datatypes by their Open Inference Protocol names: every one that onnxruntime-node can hold. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

/** Row-major elements. BOOL is 0 or 1; FP16 holds IEEE 754 half bits; BYTES holds UTF-8 text, an element a string. */
export type TensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | string[];

export type NumericData = Exclude<TensorData, string[]>;

interface NumericConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumericData;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): NumericData;
}

export interface DatatypeFacts {
  /** Bytes an element; 0 where elements vary (BYTES). */
  readonly size: number;
  /** `TensorProto.DataType` of onnx.proto. */
  readonly onnx: number;
  /** `Tensor.type` of onnxruntime-node. */
  readonly runtime: string;
  readonly family: 'bool' | 'integer' | 'bigint' | 'float' | 'text';
  readonly array?: NumericConstructor;
}

/** One row a datatype; the order is the protocol's. Source: onnx.proto3 and onnxruntime-common's tensor types. */
export const DATATYPES: Readonly<Record<Datatype, DatatypeFacts>> = {
  BOOL: { size: 1, onnx: 9, runtime: 'bool', family: 'bool', array: Uint8Array },
  UINT8: { size: 1, onnx: 2, runtime: 'uint8', family: 'integer', array: Uint8Array },
  UINT16: { size: 2, onnx: 4, runtime: 'uint16', family: 'integer', array: Uint16Array },
  UINT32: { size: 4, onnx: 12, runtime: 'uint32', family: 'integer', array: Uint32Array },
  UINT64: { size: 8, onnx: 13, runtime: 'uint64', family: 'bigint', array: BigUint64Array },
  INT8: { size: 1, onnx: 3, runtime: 'int8', family: 'integer', array: Int8Array },
  INT16: { size: 2, onnx: 5, runtime: 'int16', family: 'integer', array: Int16Array },
  INT32: { size: 4, onnx: 6, runtime: 'int32', family: 'integer', array: Int32Array },
  INT64: { size: 8, onnx: 7, runtime: 'int64', family: 'bigint', array: BigInt64Array },
  FP16: { size: 2, onnx: 10, runtime: 'float16', family: 'float', array: Uint16Array },
  FP32: { size: 4, onnx: 1, runtime: 'float32', family: 'float', array: Float32Array },
  FP64: { size: 8, onnx: 11, runtime: 'float64', family: 'float', array: Float64Array },
  BYTES: { size: 0, onnx: 8, runtime: 'string', family: 'text' },
};

export const DATATYPE_NAMES = Object.keys(DATATYPES) as readonly Datatype[];

/** Zeroed storage for `length` elements; empty strings for BYTES. */
export function allocate(datatype: Datatype, length: number): TensorData {
  const { array: Typed } = DATATYPES[datatype];
  return Typed ? new Typed(length) : Array.from({ length }, () => '');
}
