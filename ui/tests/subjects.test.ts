import { beforeAll, describe, expect, it } from 'vitest'
import { setLanguage } from '@/shared/i18n'
import { subjectText } from '@/shared/lib/subjects'

describe('subjects of the access log', () => {
  beforeAll(() => setLanguage('zh'))

  it.each([
    ['account 17 created', '新建账号 17'],
    ['roles of account 17 set: clerk', '设置账号 17 的角色：窗口接待员'],
    ['roles of account 17 set', '设置账号 17 的角色'],
    ['unit 5 retired, successor 9', '撤并单位 5，由 9 承接'],
    ['password; account locked', '密码，账号已锁定'],
    ['token 3 made: case.read', '新建令牌 3：查看事项'],
    ['settings changed: cases.reopen_days', '修改设置：重新办理期限'],
    ['person by phone: 3 cases', '按电话查人：3 件'],
    ['access log outcome=refused', '访问日志：结果 被拒'],
    ['access log account=17 from=2026-11-21T16:00:00Z', '访问日志：人员 17、开始日期 2026-11-22 00:00'],
    ['list of 40', '事项列表，40 件'],
    ['case', '事项'],
  ])('%s', (subject, shown) => expect(subjectText(subject)).toBe(shown))

  it('names whom the ids stand for', () => {
    expect(subjectText('unit 5 retired, successor 9', { 5: '城管局', 9: '执法局' })).toBe('撤并单位 城管局，由 执法局 承接')
    expect(subjectText('access log account=17', { 17: '温天佑' })).toBe('访问日志：人员 温天佑')
  })

  it.each(['GET /api/v1/tokens/all', 'something 4 unknown', ''])('shows %j as it is', (subject) => expect(subjectText(subject)).toBe(subject))
})
