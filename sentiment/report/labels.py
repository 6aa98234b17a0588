"""The labels of the report: key -> (Chinese, English). Data, edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    # page
    "title": ("舆情简报", "Incident brief"),
    "contents": ("目录", "Contents"),
    "timeline": ("时间线", "Timeline"),
    "stance_course": ("立场变化", "Stance over time"),
    "topics": ("大家被什么影响", "What people are hit by"),
    "responses": ("回应有没有用", "Did the response help"),
    "quotes": ("原话", "In their words"),
    "unanswered": ("看起来还没人回答的求助", "Calls for help that look unanswered"),
    "trust": ("数据可信度", "How far to trust the data"),
    "method": ("方法与限度", "Method and limits"),
    "run": ("可复现", "Reproducing this"),
    "evidence": ("依据", "Evidence"),
    "incidents": ("故障列表", "Incidents"),
    "other_spikes": ("其他讨论高峰", "Other bursts"),
    "stance": ("抱怨与理解", "Complaint and understanding"),
    "skip": ("跳到正文", "Skip to the report"),
    "all_services": ("未指明服务", "service not named"),
    # stances
    "complaint": ("抱怨", "Complaint"),
    "understanding": ("理解", "Understanding"),
    "neutral": ("中性", "Neutral"),
    "help": ("求助", "Help sought"),
    "all": ("全部帖子", "All posts"),
    "expected": ("平常", "Usual"),
    # key figures
    "service": ("服务", "Service"),
    "asked": ("运行时指定", "Asked for"),
    "onset": ("起点", "Onset"),
    "peak": ("高峰", "Peak"),
    "end": ("结束", "End"),
    "delay": ("发现用时", "Time to detect"),
    "severity": ("严重程度", "Severity"),
    "volume": ("声量", "Volume"),
    "posts": ("帖子", "Posts"),
    "span": ("时间范围", "Period"),
    "busiest": ("最忙时段", "Busiest time"),
    "authors": ("作者", "Authors"),
    "duration": ("持续", "Duration"),
    "severity_0": ("极轻", "negligible"),
    "severity_1": ("轻微", "minor"),
    "severity_2": ("中等", "moderate"),
    "severity_3": ("严重", "major"),
    "severity_4": ("极严重", "critical"),
    # incident kinds and notes
    "kind": ("类型", "Kind"),
    "outage": ("故障", "outage"),
    "unclear": ("原因不明的异常", "unclear event"),
    "gossip": ("话题热议", "gossip"),
    "campaign": ("营销活动", "campaign"),
    "spam": ("刷屏", "spam"),
    "onset_censored": (
        "起点在第一条帖子或更早：数据开始时讨论已经升高",
        "Onset at or before the first post: talk was already high when the data begin",
    ),
    "no_baseline": (
        "数据不足：没有可比的平常时段，所以不说是平常的几倍",
        "Not enough data: no ordinary period to compare with, so no ratio is given",
    ),
    "untrusted_minutes": (
        "故障期间有采集不全的时段，数量偏低",
        "Part of it was crawled incompletely: counts are too low there",
    ),
    "short_history": ("平常时段很短，倍数只作参考", "The ordinary period is short; read the ratio with care"),
    "ongoing": ("数据结束时仍未恢复", "Not over when the data end"),
    "sparse": ("帖子稀疏，时间只精确到较宽的时段", "Posts are sparse; times are exact to a wide window only"),
    "end_by_decay": ("结束按帖数回落的走势估计", "The end is estimated from the way the posts fell off"),
    "concurrent": ("同一时间还有别的服务出现异常", "Another service had an incident at the same time"),
    "common_cause": (
        "三个以上服务几乎同时出现异常，可能有共同原因",
        "Three or more services failed at almost the same time: perhaps a common cause",
    ),
    "again": ("同一服务半天内再次出现异常", "The same service failed again within half a day"),
    "second_wave": ("同一次故障里有第二波", "A second wave within the same outage"),
    "no_ratio": ("数据不足：没有可比的平常时段", "not enough data: no ordinary period to compare"),
    "onset_note": ("起点在第一条帖子或更早", "onset at or before the first post"),
    # phases
    "before": ("之前", "Before"),
    "escalation": ("升级", "Escalation"),
    "recovery": ("恢复", "Recovery"),
    "after": ("之后", "After"),
    "plateau": ("高位", "Plateau"),
    "tail": ("余波", "Aftermath"),
    # topics by phase, discovered topics, rising topics, questions
    "phase_before": ("之前", "Before"),
    "phase_growth": ("上升", "Growth"),
    "phase_decline": ("回落", "Decline"),
    "phase_after": ("之后", "After"),
    "phase_topics": ("各阶段在说什么", "What is said in each phase"),
    "phase_topics_note": (
        "格里是提到该话题的帖子占该阶段计入帖子的比例，下面一行是其中抱怨的比例；颜色越深占比越高。一条帖子可属多个话题。",
        "Each cell: share of the phase's counted posts that speak of the topic, and under it the share of"
        " complaint among them; the darker, the larger. A post may have several topics.",
    ),
    "who": ("谁受影响", "Who is hit"),
    "more_topics": ("其余话题", "The other topics"),
    "found": ("预设话题之外", "Beyond the named topics"),
    "found_quotes": ("原话（一字不改）", "In their words (verbatim)"),
    "rising": ("正在上升", "Rising"),
    "share_before": ("此前", "Before"),
    "share_now": ("现在", "Now"),
    "rose": ("上升", "rose"),
    "questions": ("大家在问什么", "What people ask"),
    "question": ("问题（原话）", "Question (verbatim)"),
    "people": ("人数", "People"),
    "people_unit": ("人", "people"),
    "waiting": ("等了多久（中位数）", "Waiting (median)"),
    "waited": ("等了", "waiting"),
    "since": ("最早", "Since"),
    "answer": ("官方的话", "Official words"),
    "no_answer": ("没有找到", "none found"),
    "period": ("与前一段相比", "Against the period before"),
    # incidents side by side
    "heaviest_only": (
        "立场和话题只写最重的几次；其余见上表。",
        "Stance and topics are told for the heaviest few; the others are in the table above.",
    ),
    "unlisted": (
        "更轻的异常只在 report.xlsx 和 incidents.json 里，不占页面，次数：",
        "Lighter ones are in report.xlsx and incidents.json alone:",
    ),
    "responses_more": (
        "其余回应的时间窗在 incidents.json 里，次数：",
        "The windows of the other responses are in incidents.json:",
    ),
    "named_only": (
        "同时还有别的异常，所以这里的立场和话题只算点名该服务的帖子。",
        "Others overlap it, so stance and topics count only posts that name this service.",
    ),
    "severity_parts": ("严重程度的分项（0–4）", "Severity, part by part (0–4)"),
    "part_volume": ("规模", "volume"),
    "part_duration": ("持续", "duration"),
    "part_complaint": ("抱怨", "complaint"),
    "part_reach": ("波及人数", "reach"),
    "part_topics": ("波及话题", "topics"),
    # verdicts of a response
    "more_understanding": ("理解增多", "More understanding"),
    "less_understanding": ("理解减少", "Less understanding"),
    "no_clear_change": ("没有明显变化", "No clear change"),
    "not_enough_data": ("数据不足", "Not enough data"),
    # response codes
    "ack": ("承认问题", "acknowledges"),
    "instruct": ("给出办法", "instructs"),
    "eta": ("给出时间", "gives a time"),
    "explain": ("解释原因", "explains"),
    "apology": ("致歉", "apologises"),
    "compensate": ("补偿", "compensates"),
    "deny": ("否认", "denies"),
    "scapegoat": ("归咎他人", "blames others"),
    "recovered": ("宣布恢复", "reports recovery"),
    "postmortem": ("复盘", "post-mortem"),
    # incident against incident
    "compare_onset": ("起点", "Onset"),
    "compare_minutes": ("持续", "Length"),
    "compare_delay": ("发现用时", "Time to detect"),
    "compare_peak_count": ("高峰帖数", "Posts at peak"),
    "compare_peak_rate": ("高峰每分钟帖数", "Posts a minute at peak"),
    "compare_time_to_peak": ("起点到高峰", "Onset to peak"),
    "compare_half_life": ("抱怨减半用时", "Half-life of complaints"),
    "compare_posts": ("帖数", "Posts"),
    "compare_authors": ("人数", "People"),
    "compare_volume_ratio": ("平常的倍数", "Times the usual"),
    "compare_complaint_share": ("抱怨占比", "Share of complaints"),
    "compare_understanding_share": ("理解占表态的", "Understanding among those taking sides"),
    "compare_severity": ("严重程度（0–4）", "Severity (0–4)"),
    "compare_severity_volume": ("　规模", "  volume"),
    "compare_severity_duration": ("　持续", "  duration"),
    "compare_severity_complaint": ("　抱怨", "  complaint"),
    "compare_severity_reach": ("　波及人数", "  reach"),
    "compare_severity_topics": ("　波及话题", "  topics"),
    "compare_response_after": ("起点到首次回应", "Onset to first response"),
    "compare_understanding_gain": ("回应前后理解的变化（点）", "Understanding around it (points)"),
    "compare_gain_low": ("　95% 区间下限", "  95% interval from"),
    "compare_gain_high": ("　95% 区间上限", "  to"),
    "compare_gain_verdict": ("先后变化", "Order in time"),
    # trust
    "rows": ("读入行", "Rows read"),
    "accepted": ("成为帖子", "Became posts"),
    "rejected": ("未采用", "Rejected"),
    "duplicates": ("重复", "Duplicates"),
    "untimed": ("没有时间", "Without a time"),
    "time_guessed": ("时间靠推算", "Time inferred"),
    "truncated": ("被截断", "Cut short"),
    "reposts": ("转发", "Reposts"),
    "official": ("官方账号", "official accounts"),
    "media": ("媒体", "media"),
    "bot": ("机器账号", "bots"),
    "hijack": ("蹭话题", "hashtag hijacking"),
    "person": ("个人", "person"),
    "unknown": ("未知", "unknown"),
    "file": ("文件", "File"),
    "format": ("格式", "Format"),
    "reason": ("原因", "Reason"),
    "raw": ("原始内容", "Raw content"),
    "source": ("出处", "Source"),
    "good": ("好", "good"),
    "usable": ("可用", "usable"),
    "poor": ("差", "poor"),
    "grade": ("数据评级", "Data grade"),
    "warnings": ("提醒", "Warnings"),
    # table heads
    "stance_head": ("立场", "Stance"),
    "time": ("时间", "Time"),
    "topic": ("话题", "Topic"),
    "share": ("占比", "Share"),
    "terms": ("常见说法", "Common terms"),
    "interval": ("95% 区间", "95% interval"),
    "window": ("时间窗", "Window"),
    "change": ("变化", "Change"),
    "minutes": ("分钟", "min"),
    "text": ("文本", "Text"),
    "likes": ("赞", "likes"),
    "comments": ("评论", "comments"),
    "platform": ("平台", "Platform"),
    "region": ("地区", "Region"),
    "numbers": ("图中数字", "The numbers drawn"),
    "value": ("值", "Value"),
    "phase": ("阶段", "Phase"),
    "summary": ("概要", "Summary"),
    "note": ("说明", "Note"),
    "rule": ("算法", "Rule"),
    "behind": ("背后的帖子", "Posts behind it"),
    # sentences of the page
    "more": ("原文更长", "the post goes on"),
    "none": ("没有", "None"),
    "no_topics": ("没有识别出话题", "No topic was recognised"),
    "no_responses": (
        "数据里没有官方公告，也没有指定回应时间",
        "No official announcement in the data, and no response time was given",
    ),
    "or_earlier": ("或更早", "or earlier"),
    "incidents_caption": ("最严重的一次在前；首屏讲的是它", "The worst first; the first screen tells of it"),
    "phases_caption": ("各阶段", "Phases"),
    "from": ("从", "From"),
    "to": ("到", "To"),
    "untrusted": ("采集可能不全", "crawl may be incomplete"),
    "whole_caption": ("整段数据，方框是上图的时段。", "All data; the frame marks the period above."),
    "response": ("官方回应", "official response"),
    "effect_title": (
        "理解占比（理解 ÷ 有立场的帖子），回应之前与之后",
        "Share of understanding among posts with a stance, before and after",
    ),
    "effect_caption": (
        "n 为之前 / 之后有立场的帖子数；理解为有立场的帖子里的占比，抱怨和求助为全部帖子里的占比；"
        "变化以百分点计，区间是理解变化的，按作者重抽样；公告下面的评论另算",
        "n: posts with a stance before / after; understanding among those, complaint and help among all"
        " posts; changes in points, the interval is that of understanding and resamples authors; comments"
        " under the announcement are measured apart",
    ),
    "effect_change": (
        "理解占比的变化（百分点，95% 区间）",
        "Change in the share of understanding (points, 95% interval)",
    ),
    "see_posts": ("看帖子", "See the posts"),
    "quotes_note": (
        "一字不改；每位作者、每组近似文本至多一条；按证据强弱排序，私人信息已遮盖。点出处看原帖。",
        "Word for word; at most one per author and near-duplicate"
        " group; strongest evidence first; private data masked.",
    ),
    "unanswered_note": (
        "没有评论、数据里也没有官方回复的求助。采集很少含全部回复，所以只是“看起来”。共",
        "Calls for help without comments or an official reply in the data."
        " Crawls rarely hold all replies, so they only look unanswered. In all:",
    ),
    "spikes_caption": ("帖数异常，但不像故障", "Unusual numbers of posts that do not look like an outage"),
    "peak_count": ("高峰帖数", "Posts at peak"),
    "files_caption": ("读入的文件", "Files read"),
    "rejected_caption": ("没有采用的行，按原因", "Rejected rows by reason"),
    "run_caption": (
        "同样的输入、设置、版本和时钟给出同样的报告",
        "The same input, settings, version and clock give the same report",
    ),
    "settings": ("全部设置", "All settings"),
    "evidence_note": (
        "页面上每个带点线的数字和引文都在这里：它怎么算出来，以及它背后的帖子。",
        "Every number and quote with a dotted line is listed here: how it was made and the posts behind it.",
    ),
    "filter": ("筛选", "Filter"),
    "close": ("关闭", "Close"),
    "footer": (
        "由 outage-sentiment 离线生成；页面不联网。立场由模型判断，会有错：请打开帖子核对。",
        "Made offline by outage-sentiment; this page loads nothing from the"
        " network. Stance is a model's reading and can be wrong: open the posts.",
    ),
    "expected_note": (
        "虚线是平常：之前各日同一时段的中位数。",
        "Dashed: the usual, the median of earlier days at that time of day.",
    ),
    "range": ("至", "to"),
    "n_rows": ("行数", "Rows"),
    "weibo": ("微博", "Weibo"),
    "xhs": ("小红书", "Xiaohongshu"),
    "douyin": ("抖音", "Douyin"),
    "kuaishou": ("快手", "Kuaishou"),
    "bilibili": ("B站", "Bilibili"),
    "tieba": ("贴吧", "Tieba"),
    "zhihu": ("知乎", "Zhihu"),
    # warnings on the data, with their numbers
    "warn_no_posts": ("{rows} 行里没有一行成为帖子", "None of the {rows} rows became a post"),
    "warn_few_posts": (
        "只有 {posts} 条帖子，什么都难以下结论",
        "Only {posts} posts: too few to conclude much",
    ),
    "warn_many_rejected": ("{share} 的行没有采用", "{share} of the rows were rejected"),
    "warn_some_rejected": ("{share} 的行没有采用", "{share} of the rows were rejected"),
    "warn_many_duplicates": ("{share} 的行是重复", "{share} of the rows are duplicates"),
    "warn_many_untimed": (
        "{share} 的帖子没有时间，时间线不完整",
        "{share} of the posts have no time: the timeline is incomplete",
    ),
    "warn_some_untimed": ("{share} 的帖子没有时间", "{share} of the posts have no time"),
    "warn_time_guessed": (
        "{posts} 条帖子的时间由文件时间推算，可能有偏差",
        "{posts} posts have times inferred from the file's time; they may be off",
    ),
    "warn_times_by_day": (
        "{share} 的时间只有日期，精确不到分钟",
        "{share} of the times are dates only, so nothing is exact to the minute",
    ),
    "warn_capped": (
        "{hours} 个小时、{days} 天的帖数停在同一上限，采集很可能被截断：真实高峰更高",
        "{hours} hours and {days} days stand at one identical maximum: the crawl was probably cut off,"
        " the true peak is higher",
    ),
    "warn_gaps": (
        "繁忙时段之间有 {gaps} 处空白，共 {hours} 小时没有帖子",
        "{gaps} empty stretches between busy times, {hours} hours without posts",
    ),
    "warn_few_authors": ("最活跃的十位作者写了 {share} 的帖子", "Ten authors wrote {share} of the posts"),
    "warn_many_truncated": (
        "{share} 的帖子被采集程序截断",
        "{share} of the posts were cut short by the scraper",
    ),
    "warn_many_reposts": ("{share} 是转发", "{share} are reposts"),
    "warn_many_bots": ("{share} 来自机器账号", "{share} come from bots"),
    "warn_many_hijacked": ("{share} 是蹭话题的帖子", "{share} hijack the hashtag"),
    "warn_some_hijacked": ("{share} 是蹭话题的帖子", "{share} hijack the hashtag"),
    "warn_keyword_crawl": (
        "按关键词“{keyword}”采集（{share} 的帖子含它）：占比只说明写了这个词的人",
        "Crawled by the keyword “{keyword}” (in {share} of the posts): shares are among people who wrote it",
    ),
    "warn_keyword_drift": (
        "{share} 的帖子不含搜索用的关键词：搜索结果已经跑题",
        "{share} of the posts do not hold the keyword they were found by: the search drifted",
    ),
    "warn_times_ahead": (
        "{posts} 条帖子的时间晚于采集时间",
        "{posts} posts are dated after they were crawled",
    ),
    # reasons why a row became no post
    "blank row": ("空行", "blank row"),
    "repeated header": ("重复的表头", "repeated header"),
    "half row": ("残缺的行", "half row"),
    "unreadable characters": ("乱码", "unreadable characters"),
    "more cells than the header": ("列数多于表头", "more cells than the header"),
    "no text": ("没有文本", "no text"),
    "outside the asked window": ("在所选时间之外", "outside the asked window"),
    # scorecard
    "scorecard": ("并排比较", "Side by side"),
    "scorecard_note": (
        "● 是该行最差的一次；“理解的变化”是首次回应前后的先后，不等于因果。– 是数据里看不出。",
        "● marks the worst of a row; the change around the first response is an order in time, not a cause."
        " – is unknown from these data.",
    ),
    "worst": ("最差", "worst"),
    # run against run
    "diff_same": ("两次运行的结果相同", "Both runs found the same"),
    "diff_reasons": ("为什么可能不同", "What could have changed it"),
    "diff_no_reason": (
        "输入、设置、版本和模型都一样：结果应当相同。",
        "Inputs, settings, versions and model are the same, so the results should be.",
    ),
    "diff_unknown_reason": (
        "输入、设置、版本和模型都一样，结果却不同：比较两次的 --since、--until、--clock 和 --response。",
        "Inputs, settings, versions and model are the same, yet the results differ: compare the --since,"
        " --until, --clock and --response of both.",
    ),
    "diff_totals": ("数量", "Totals"),
    "diff_incidents": ("异常", "Incidents"),
    "diff_shares": (
        "立场占比（括号里是差的 95% 区间，百分点）",
        "Stance (in brackets the 95% interval of the difference, points)",
    ),
    "diff_topics": ("话题占比", "Topics"),
    "diff_appeared": ("新出现", "new"),
    "diff_gone": ("不再有", "gone"),
    "diff_changed": ("有变化", "changed"),
    "diff_chance": ("在抽样误差之内", "within sampling error"),
    "diff_others": ("其余的变化都在抽样误差之内，个数：", "Other changes, all within sampling error:"),
    "diff_setting": ("设置", "setting"),
    "diff_version": ("版本", "version"),
    "diff_model": ("模型", "model"),
    "diff_service": ("选项", "option"),
    "diff_option": ("选项", "option"),
    "detected_at": ("报警", "Alarm"),
    # spread
    "spread": ("怎么传开的", "How it spread"),
    "nav_spread": ("传播", "Spread"),
    "spread_note": (
        "范围内的全部帖子，含官方和媒体；文件里有什么就算什么，平台上的转发不会全在数据里。",
        "All posts in scope, official and media included. Only what the files hold: a platform has more"
        " reposts than a crawl finds.",
    ),
    "spread_kind": ("形式", "Form"),
    "account_kind": ("账号", "Accounts"),
    "regions": ("地区", "Regions"),
    "regions_note": ("标明地区的帖子：", "Posts that name a region: "),
    "roots": ("被转发和评论最多的帖子", "Most reposted and commented"),
    "roots_note": ("数据里有的转发和评论", "Reposts and comments in the data"),
    "root_post": ("原帖（原话）", "Post (verbatim)"),
    "root_absent": ("原帖不在数据里", "the post is not in the data"),
    "post": ("原创", "Original"),
    "repost": ("转发", "Repost"),
    "comment": ("评论", "Comment"),
    "headline": ("标题", "Headline"),
    "official_account": ("官方", "Official"),
    "media_account": ("媒体", "Media"),
    "review": ("应用评价", "App review"),
    # holding statement
    "statement": ("声明草稿", "Holding statement"),
    "statement_note": (
        "由模板填成，不是机器写的。带点线的字来自数据；〔〕里的由人填写、核实、署名后才能发。",
        "Filled from templates; nothing is generated. Words with a dotted line come from the data; what"
        " stands in 〔〕 is filled in, checked and signed by a person.",
    ),
    "statement_open": ("打开草稿", "Open the drafts"),
    "statement_next": ("从数据看，接下来该发：", "Next, going by the data: "),
    "statement_facts": ("数据里能看到的", "What the data show"),
    "statement_said": ("官方已经说过", "Officially said so far"),
    "statement_unsaid": ("还没有说", "Not said yet"),
    "statement_causes": ("按查明的原因选一句（SCCT）", "Choose by cause (SCCT)"),
    "statement_history": (
        "同一服务先前也出过问题：公众会更倾向于认为可以预防，责任归属按高一级看。",
        "The same service failed before: people will sooner think it could be prevented; expect one level"
        " more responsibility.",
    ),
    "statement_flags": ("已发的官方文字里的风险措辞", "Risky wording in official posts"),
    "statement_risks": ("不要这样写", "Wording to avoid"),
    "why": ("为什么", "Why"),
    "said_cause": ("原因", "Cause"),
    "said_workaround": ("临时办法", "What people can do"),
    "said_eta": ("恢复时间", "Recovery time"),
    "said_recovery": ("恢复", "Recovery"),
    "said_compensation": ("补偿", "Compensation"),
    "said_apology": ("道歉", "Apology"),
    "fact_onset": ("讨论的起点（故障可能更早）", "Onset of the talk (the fault may be older)"),
    "fact_people": ("发帖的人", "People who posted"),
    "fact_hit": ("抱怨集中在", "Complaints about"),
    "fact_open_questions": ("没有找到官方回答的问题", "Questions without an official answer"),
    # table of contents
    "nav_incidents": ("故障列表", "Incidents"),
    "nav_timeline": ("时间线", "Timeline"),
    "nav_course": ("立场变化", "Stance over time"),
    "nav_topics": ("话题", "Topics"),
    "nav_phases": ("话题与阶段", "Topics by phase"),
    "phase_posts": ("阶段帖数", "Posts of the phase"),
    "nav_found": ("其他话题", "Other topics"),
    "nav_rising": ("上升", "Rising"),
    "nav_questions": ("问题", "Questions"),
    "nav_responses": ("回应", "Response"),
    "nav_quotes": ("原话", "In their words"),
    "nav_unanswered": ("求助", "Calls for help"),
    "nav_spikes": ("其他高峰", "Other bursts"),
    "nav_statement": ("声明草稿", "Statement"),
    "nav_trust": ("数据可信度", "Data trust"),
    "nav_method": ("方法", "Method"),
    "nav_run": ("可复现", "Reproduce"),
    "nav_evidence": ("依据", "Evidence"),
    # reproducibility
    "version": ("版本", "Version"),
    "clock": ("时钟", "Clock"),
    "inputs": ("输入", "Input"),
    "packages": ("依赖", "Packages"),
    "python": ("Python", "Python"),
}
"""Every label of the report."""

METHOD: Final[tuple[tuple[str, str], ...]] = (
    (
        "立场：每条帖子只看作者自己的话（去掉 //@ 转发链），判为抱怨、理解或中性。"
        "理解是指在有过失的情况下体谅、辩护、致谢或接受；单纯夸奖算中性。",
        "Stance: only the author's own words count (the //@ chain"
        " is cut), read as complaint, understanding or neutral."
        " Understanding means excusing, defending, thanking or"
        " accepting in spite of a failure; mere praise is neutral.",
    ),
    (
        "占比：只算个人和类型未知的账号；官方、媒体、机器账号和蹭话题的帖子另列。"
        "区间是 95% Wilson 区间，只反映抽样误差，不含模型判错。",
        "Shares count personal and unknown accounts only;"
        " official, media, bot and hijacking posts are listed apart."
        " Intervals are 95% Wilson intervals: sampling error only, not the model's mistakes.",
    ),
    (
        "异常：每分钟帖数与平常相比（季节性负二项），只用当时已有的数据。报警要有足够多不同作者的故障或抱怨证据才算故障。",
        "Spikes: posts per minute against the usual (seasonal"
        " negative binomial), using only what was known at the time."
        " An alarm becomes an incident only with outage or complaint evidence from enough different authors.",
    ),
    (
        "图中“平常”：之前各日同一时段的中位数；不足两天就不画。",
        "“Usual” in the chart: the median of earlier days at the"
        " same time of day; not drawn with fewer than two days.",
    ),
    (
        "回应：比较公告前后同样长的时间里的理解占比，按作者重抽样；随机时刻也常见的变化、公告前就已开始的变化，不算明显。"
        "这是时间上的先后，不等于因果；其他事也可能同时发生。",
        "Responses compare the share of understanding in equal times before and after, resampling authors; a"
        " change that random times show as well, or that was under way before, does not count as clear."
        " It is a sequence in time, not a cause; other things may have happened at once.",
    ),
    (
        "限度：采集到的帖子不是全部用户；按关键词采集会漏掉不写关键词的人，也会抬高抱怨占比；平台删帖和采集上限会改变曲线。",
        "Limits: posts collected are not all users; a keyword crawl"
        " misses those who do not write the keyword and raises the"
        " share of complaint; deletions and crawl caps change the curve.",
    ),
)
"""How the numbers are made and what they cannot show."""
