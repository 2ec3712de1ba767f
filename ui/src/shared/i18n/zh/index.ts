import type { LocaleMessages, VueMessageType } from 'vue-i18n'

type Messages = LocaleMessages<VueMessageType>

const files = import.meta.glob<Messages>('./*.json', { eager: true, import: 'default' })

/** Every file's top level is a group of its own. */
export default Object.assign({}, ...Object.values(files)) as Messages
