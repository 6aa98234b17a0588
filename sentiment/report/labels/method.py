"""How the numbers are made and what they cannot show: (Chinese, English). Data, edited by hand."""

from __future__ import annotations

from typing import Final

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
