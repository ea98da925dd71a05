import type { GroupCodec } from '../ports/index.ts';
import {
  decodeStoredGroup,
  encodeStoredGroup,
  loadSerializer,
  type StorageForm,
} from '../serializers/index.ts';

/** Saved groups in the form of all that is stored: Celery writes both with `result_serializer`. */
export function groupCodec(form: StorageForm): GroupCodec {
  return {
    async encode(group) {
      await loadSerializer(form.resultSerializer);
      return encodeStoredGroup(group, form);
    },
    async decode(document) {
      await loadSerializer(form.resultSerializer);
      return decodeStoredGroup(document, form);
    },
  };
}
