import { describe, expect, test } from 'vitest';
import { listOf, referred, resourcesOf, textOf } from './template.ts';

describe('the text of a value', () => {
  test.each([
    ['plain', 'plain'],
    [{ Ref: 'Bucket' }, '${Bucket}'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '${Bucket.Arn}'],
    [{ 'Fn::Sub': 'arn:${AWS::Partition}:s3:::x' }, 'arn:${AWS::Partition}:s3:::x'],
    [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':x/*']] }, 'arn:${AWS::Partition}:x/*'],
    [{ 'Fn::Select': [0, ['a']] }, '{"Fn::Select":[0,["a"]]}'],
    [5, '5'],
  ])('%j is %s', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});

test('a reference tells whom it refers to', () => {
  expect(referred({ Ref: 'Role' })).toBe('Role');
  expect(referred({ 'Fn::GetAtt': ['Role', 'Arn'] })).toBe('Role');
  expect(referred('arn:aws:iam::1:role/x')).toBeUndefined();
});

test('one is a list of one', () => {
  expect(listOf('a')).toEqual(['a']);
  expect(listOf(['a', 'b'])).toEqual(['a', 'b']);
  expect(listOf(undefined)).toEqual([]);
});

test('resources are found by their type', () => {
  const resources = { A: { Type: 'X' }, B: { Type: 'Y' }, C: { Type: 'Z' } };
  expect(resourcesOf(resources, 'X', 'Z').map(([id]) => id)).toEqual(['A', 'C']);
});
