export { compress, compressionNames, decompress, defaultMaxBytes } from './compression.ts';
export { type ContentForm, checkContent, decodeBody, decodeContent } from './decode-body.ts';
export { checkSerializers, loadSerializer, loadSerializers } from './load-serializer.ts';
export { isPickle, readySerializer, registerSerializer, type Serializer } from './serializer.ts';
export {
  decodeStoredDocument,
  decodeStoredGroup,
  encodeStoredDocument,
  encodeStoredGroup,
  guessSerializer,
  type StorageForm,
} from './stored-document.ts';
export { type BodyForm, bodyBytes, writeBody } from './write-body.ts';
