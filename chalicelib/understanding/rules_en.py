"""English turns of speech that single words do not show. See rules_zh for the form."""

from __future__ import annotations

from chalicelib.understanding.rules_zh import Rule

COUNT = (
    r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|several|couple "
    r"of|few|a few|half a)"
)
SPAN = COUNT + r" (?:more )?(?:minute|hour|day|night|week|month|year|wash|washe|use|time|wear|ride|charge)s?"
PRAISE = (
    r"(?:good|great|nice|happy|comfortable|comfy|easy|impressed|soft|sharp|worth|useful|strong|sturdy|perfect|clean|"
    r"fresh|pretty|warm|clear|tasty|fun|reliable|accurate|helpful|special)"
)

RULES: tuple[Rule, ...] = (
    (
        "default praise",
        0,
        "",
        "",
        "default",
        (
            r"(?:buyer|customer|user|reviewer|member|shopper)s? (?:has |have )?(?:left no|did not (?:leave|write|provide|"
            r"submit)|didn't (?:leave|write|provide|submit)|gave no|provided no|wrote no) (?:a |any )?(?:written )?(?:comment|"
            r"review|feedback|rating|text|words)|(?:automatic|automated|auto|auto-generated|default|system)(?: |-)(?:feedback|"
            r"rating|review|evaluation|generated|comment)|(?:submitted|generated|given|added|posted|left|created|provided|"
            r"issued) (?:automatically|by (?:the |our )?(?:system|platform))|no (?:review|feedback|comment|rating|text) (?:was"
            r" |has been )?(?:left|received|given|provided|submitted|entered)|rating(?:s)? only"
        ),
    ),
    (
        "advertising",
        0,
        "",
        "",
        "advert",
        (
            r"(?:check|see|visit|look at) (?:out )?my (?:profile|bio|page|shop|store|channel)|work(?:ing)? from home|earn (?:\$"
            r"|£|up to|money|cash)|dm me|message me for|whatsapp|telegram me|use my code|click (?:the |my )?link|make money on"
            r"line|passive income|crypto"
        ),
    ),
    (
        "stars by mistake",
        0,
        "",
        "",
        "stars",
        (
            r"(?:number|no\.?|#) ?(?:one|1)[^.]{0,14}(?:one|1) star|(?:hit|pressed|clicked|tapped|gave|picked|chose) (?:the )"
            r"?wrong (?:star|number|rating)|meant (?:to (?:give|put|leave|click) )?(?:5|five)|(?:1|one) (?:star )?(?:is|"
            r"means|=) (?:the )?(?:best|first|top)|can't (?:change|fix|edit) the stars?|slipped|fat finger"
        ),
    ),
    (
        "stars given for show",
        -26,
        "",
        "",
        "opinion",
        (
            r"five stars (?:so|because|for the (?:return|refund)|only (?:so|to|because))[^.,:]{0,20}|(?:rating|rated|giving|gave|"
            r"put) (?:it )?(?:high|5|five)[^.]{0,12} (?:so|to get|because) (?:that )?(?:someone|somebody|people|you|this|"
            r"it|they)[^.:,]{0,20}|(?:i )?always (?:leave|give) (?:five|5)[^.,]{0,8} but|so (?:someone|somebody|people|you)"
            r" (?:finally |actually )?(?:reads?|sees?|notices?)(?: this)?"
        ),
    ),
    (
        "takes praise back",
        -34,
        "L",
        "",
        "opinion",
        (
            r"(?:down|dropp(?:ed|ing)|chang(?:ed|ing)|edit(?:ed|ing)|lower(?:ed|ing)|revis(?:ed|ing)|updat(?:ed|ing))[^.]{0,14"
            r"}(?:from|my) (?:5|five|4|four)[^.]{0,10} to (?:a )?(?:1|one|2|two|zero)|(?:taking|take) back (?:my|the|what)"
            r"[^.]{0,20}(?:stars|review|praise|good)|coming back to (?:edit|change|lower|update)|spoke too soon|should have wa"
            r"ited before reviewing"
        ),
    ),
    (
        "takes blame back",
        32,
        "",
        "",
        "opinion",
        (
            r"(?:up|rais(?:ed|ing)|chang(?:ed|ing)|edit(?:ed|ing)|bump(?:ed|ing)|updat(?:ed|ing))[^.]{0,14}(?:from|my) (?:a )"
            r"?(?:1|one|2|two|3|three)[^.]{0,10} to (?:a )?(?:5|five|4|four)|(?:i )?(?:stand corrected|was wrong about|take it"
            r" (?:all )?back)|keeping (?:all )?(?:5|five) stars"
        ),
    ),
    (
        "was wrong to doubt",
        26,
        "",
        "",
        "opinion",
        r"(?:boy,? |and |but )?(?:was i|i was|i've been proved|proved me) (?:so |very )?wrong",
    ),
    (
        "sooner than said",
        22,
        "",
        "logistics",
        "opinion",
        r"(?:days?|weeks?|hours?) before (?:they (?:said|promised)|promised|the (?:date|estimate)|expected|i expected|it was due)",
    ),
    (
        "before",
        0,
        "",
        "",
        "before",
        (
            r"\bat first\b|initially|originally|i was (?:nervous|worried|skeptical|sceptical|afraid|hesitant|doubtful|wary|"
            r"unsure|on the fence)|expected (?:junk|it to|trash|little|nothing|garbage|the worst|a cheap)|used to|before (?:th"
            r"is|i|that)|my (?:old|last|previous|former)|the (?:old|last|previous)|other brands?|others|tried (?:three|four|"
            r"five|six|several|many|so many|other|every|dozens|two)"
        ),
    ),
    (
        "short of expectation",
        -26,
        "L",
        "",
        "opinion",
        r"not (?:as|so|that|quite as|nearly as) "
        + PRAISE
        + (
            r"(?:[a-z]*)(?: as (?:i(?:'d)? (?:had )?(?:hoped|expected|thought)|expected|advertised|hoped|described|the (?:pict"
            r"ures?|photos?|old|reviews?|last)|my old|before|people say|they say))?|(?:didn't|did not|doesn't|does not|fails? "
            r"to|failed to) (?:live up|meet|match)[^.,]{0,26}|(?:expected|hoped for|wanted|deserve) (?:much |so much |a lot |"
            r"far )?(?:more|better)[^.,]{0,10}|(?:really )?wanted to (?:like|love) (?:it|this|these|them)|what happened to (?:"
            r"the )?quality|was (?:so )?much better (?:before|back then|last)|used to be (?:so |much )?(?:good|great|better|"
            r"amazing)"
        ),
    ),
    (
        "not so bad either",
        30,
        "",
        "",
        "neutral",
        (
            r"(?:wouldn't|would not|can't|cannot) (?:call|say) (?:it|it's|that) (?:was |is )?(?:that )?(?:bad|terrible|awful)"
            r"|not (?:the worst|terrible|awful|horrible|unbearable|a disaster)(?: either)?|could (?:be|have been) worse"
        ),
    ),
    (
        "would not say good",
        -26,
        "L",
        "",
        "opinion",
        (
            r"(?:wouldn't|would not|can't|cannot|couldn't) (?:call|say|describe) (?:it|it's|it is|this|that|they're|them)"
            r"(?: is| was| as)? (?:a )?(?:"
        )
        + PRAISE
        + r"|bargain|upgrade|success)",
    ),
    (
        "could not be better",
        34,
        "",
        "",
        "opinion",
        (
            r"(?:couldn't|could not|can't|cannot) (?:be|have been|get|ask for|imagine|wish for|want|have asked for) (?:any )"
            r"?(?:happier|better|more|easier|anything better|prettier|pleased|nicer|softer|a better|faster|quicker)[^.,]{0,14}"
            r"|(?:couldn't|could not) (?:stop|put)[^.,]{0,16}|(?:nothing|not a single thing|not one thing) (?:to complain|"
            r"bad|negative|i'd change|i would change|wrong)[^.,]{0,12}|can't (?:say enough|live without|recommend|praise|"
            r"rave|imagine life|believe how (?:good|soft|well|easy|fast))[^.,]{0,20}|wouldn't (?:trade|change|swap) [^.,]{0,14"
            r"}|never (?:been (?:so |more |this )?(?:happy|happier|pleased|impressed|comfortable)|had a (?:better|pillow|"
            r"single issue|single problem|problem|complaint|issue)|looked back|going back|again will i (?:use|buy) (?:any|"
            r"another)|let(?:s)? me down|fails to (?:impress|please))|(?:only|one) (?:complaint|regret|problem|downside|"
            r"fault|gripe|issue)[^.]{0,10}(?:i|that i|not)[^.]{0,8}(?:didn't|did not|wait|not) (?:buy|order|find|get)[^.,]{0,1"
            r"4}|hate that i didn't[^.]{0,24}|wish i(?:'d| had) (?:bought|found|ordered|known|gotten|got|discovered)[^.,]{0,18"
            r"}(?:sooner|earlier|years ago|before|more|two|first|long ago)?|what took me so long|where has this been"
        ),
    ),
    (
        "not bad",
        24,
        "",
        "",
        "opinion",
        (
            r"not (?:half )?(?:too |so |at all |a )?(?:bad|shabby|disappoint[a-z]*|regret[a-z]*)(?: at all| for)?|no (?:regret"
            r"s?|complaints?|issues?|problems?|gripes?|leaks?|smells?|odou?rs?|fuss|drama|hassle|rust|creaks?|wobble|stains?|"
            r"scratches|damage|mess|streaks)(?: (?:at all|whatsoever|here|so far))?|(?:without|zero) (?:a |any )?(?:complaints"
            r"?|issues?|problems?|hitch|regrets?|hassle|fuss|wobbling|leaking|effort|damage|spill)"
        ),
    ),
    (
        "wish",
        -20,
        "L",
        "",
        "opinion",
        (
            r"would(?:'ve| have)? be(?:en)? (?:so |really |much )?(?:great|nice|perfect|better|good|lovely|nicer|helpful|"
            r"wonderful|useful) (?:if|to|had)[^.,]{0,24}|(?:only )?wish (?:it|they|the|that|there|this|these|mine|you)[^.,]{0,"
            r"26}|if only[^.,]{0,20}|could (?:do|have done|use) (?:with|a)[^.,]{0,16}|could(?:'ve| have)? be(?:en)? (?:so much"
            r" |much |a bit |a little )?(?:better|softer|longer|stronger|bigger|clearer|faster|thicker)|needs? (?:improvement|"
            r"work|improving|to be improved)|room for improvement"
        ),
    ),
    (
        "good if",
        -24,
        "M",
        "quality",
        "opinion",
        (
            r"would be (?:great|good|perfect|nice|fine|lovely|amazing|fantastic|brilliant) if (?:it|they|the)[^.,]{0,10}(?:wor"
            r"k|turn|stay|open|arriv|fit|last|hold|charg|connect|clos|stop|actual|had)[^.,]{0,16}|(?:great|perfect|good|"
            r"ideal|lovely|fantastic|wonderful|excellent|nice)[^.,]{0,14} if you (?:enjoy|like|love|want|need|fancy|are into|"
            r"don't mind|never|prefer|hate)[^.]{0,40}"
        ),
    ),
    (
        "worse than",
        -22,
        "L",
        "",
        "opinion",
        (
            r"(?:much |far |way |even |so much |a lot )?(?:worse|weaker|thinner|smaller|flimsier|slower|cheaper looking|"
            r"rougher|duller) than|(?:doesn't|don't|didn't|can't|not even) (?:compare|come close|hold a candle|measure up)"
            r"[^.,]{0,16}|(?:old|last|previous|former)[^.,]{0,24}(?:was|were|had|did|is|cleans?|works?|worked|lasted|lasts)"
            r"[^.,]{0,10}(?:so much |much |far |way )?(?:better|stronger|thicker|softer|longer|no problem)[^.,]{0,16}|better t"
            r"han this|(?:at|for) (?:twice|double|three times|nine times|[a-z]+ times) the price"
        ),
    ),
    (
        "better than",
        22,
        "",
        "",
        "opinion",
        (
            r"(?:so much |much |far |way |even |a lot )?(?:better|quieter|softer|sharper|stronger|faster|nicer|sturdier|"
            r"thicker|comfier|warmer|brighter|easier|lighter|smoother|tastier|longer|cooler|sharper) than (?!this)[^.,]{0,16}|"
            r"(?:nothing|no other)[^.,]{0,12}(?:compares|comes close|beats)[^.,]{0,6}|beats (?:any|every|the|all|my)[^.,]{0,14"
            r"}|(?:the )?only (?:one|thing|brand|product)s? (?:that|which|i)[^.,]{0,24}|(?:is|was) the (?:best|softest|quietes"
            r"t|nicest|comfiest)[^.,]{0,16}|outlasts?[^.,]{0,14}"
        ),
    ),
    (
        "sarcasm",
        -38,
        "L",
        "",
        "opinion",
        (
            r"another [a-z ]{2,20} for the (?:bin|trash|landfill|dump|drawer)|oh (?:sure|great|wonderful|joy|good|lovely|"
            r"brilliant)|(?:slow clap|golf clap)|thanks (?:for nothing|a lot for)"
            r"|(?:bravo|congrat[a-z]*|well done|nice work|good job|great job)[.!,] [^.]{0,40}(?:took|only|month|week|broke|"
            r"ruin|manag|fail|fool|never|not)|gee,? thanks|(?:best|favou?rite|nicest) part (?:of|about|is|was)[^.,]{0,20}|"
            r"(?:what a|such a) (?:joke|bargain|surprise|treat|steal|deal|shame|waste|letdown|disappointment|mess|scam|ripoff|"
            r"con)|(?:how|very|so) (?:convenient|thoughtful|kind of you|generous|clever)(?=[.!?]|$)|(?<=[.!?] )(?:convenient|"
            r"classy|charming|brilliant|lovely|fantastic|genius|great|super|nice|impressive)\.$|guess (?:how|what|who|where|"
            r"which)[^.]{0,16}|send (?:their|its|his) regards|yeah,? right|as if|ha ha,? no|thanks,? i (?:hate|guess)|(?:must "
            r"be|probably) (?:invisible|imaginary|magic)|if (?:by|that's what) [^,]{0,20}(?:you )?(?:mean|call)|speed of (?:a "
            r"|continental|snail|molasses)[^.,]{0,12}|clever wording|so-called"
        ),
    ),
    (
        "in quotes",
        -18,
        "L",
        "",
        "opinion",
        (
            r"\"(?:water ?-?proof|non-?stick|premium|genuine|authentic|new|like new|luxury|luxurious|silent|quiet|fast|free|"
            r"original|designer|handmade|hand-made|leather|organic|natural|unbreakable|one size|fresh|quality|high quality|"
            r"durable|support|customer service|express|next day|real|soft|adjustable|wireless|gold|silver|silk|wool|stainless|"
            r"leakproof|leak-proof|brand new|professional|heavy duty|easy|easy assembly|universal|team|waterproof)[.,!]?\""
        ),
    ),
    (
        "rhetorical",
        -26,
        "L",
        "",
        "opinion",
        (
            r"how (?:anyone|anybody|is this|can (?:you|they|anyone|this)|could (?:you|they|anyone)|do you|did (?:this|you|"
            r"they))[^.?]{0,30}|(?:who|where|why|what) (?:is|was|were|would|on earth|in the world|even|designed|approved|"
            r"tested|packs?|thought|do you|did you|would you|kind of)[^.?]{0,30}(?:\?|$)|what now|now what|seriously\?|really\?"
            r"|hello\?+|are you kidding|is this a joke|do better|make it make sense|explain (?:that|this)|you had one job"
        ),
    ),
    (
        "waits for the refund",
        -28,
        "M",
        "service",
        "opinion",
        r"(?:wait|waiting|waited|where is|where's|still no)[^.!?]{0,16}refund",
    ),
    (
        "told off",
        -18,
        "M",
        "service",
        "opinion",
        (
            r"(?:was|were|been|got) told (?:it|that|to|i|we|they|\"|there|no)[^.]{0,24}|(?:they|he|she) (?:said|told me|"
            r"claim|insist)[^.]{0,6} (?:it's|it is|it was|that's|i should|i must|my)[^.]{0,20}"
        ),
    ),
    (
        "late and no word",
        -28,
        "M",
        "logistics",
        "opinion",
        r"(?:it's been|it has been|been|over|waited|waiting|already|ordered) (?:almost |nearly |over |more than |about |for )*"
        + SPAN
        + (
            r"[^.!?]{0,24}(?:nothing|no |not |never|still|haven't|hasn't|you said|they said|without|where)[^.!?]{0,12}|where ("
            r"?:is|are|the hell is|on earth is|'s) (?:my|our|the)[^?]{0,20}\?|still (?:says|showing|shows|stuck|nothing|"
            r"waiting|no )[^.,]{0,16}|(?:never|hasn't|haven't|didn't|not) (?:yet )?(?:arriv|ship|show|com|receiv|turn)[a-z]*(?"
            r": up)?(?: yet)?|(?:you|they) (?:said|promised|quoted) (?:"
        )
        + SPAN
        + r"|two|three|next day|tomorrow|monday|friday)|(?:ship|send|deliver) it (?:today|now|already)",
    ),
    (
        "waited",
        -20,
        "L",
        "logistics",
        "opinion",
        r"took (?:over |almost |nearly |more than |about |like |a whole )*"
        + COUNT
        + (
            r" (?:\w+ )?(?:days|weeks?|months?) (?:to|for|and|late)?|(?:a |one |two |three |four |five |\d+ )(?:day|week|"
            r"month)s? late|arrived (?:a |one |two |\w+ )?(?:day|week|month)s? late|weeks? (?:later|after)[^.,]{0,10}(?:arriv|"
            r"came|got)"
        ),
    ),
    (
        "came soon",
        22,
        "",
        "logistics",
        "opinion",
        (
            r"(?:ordered|bought)[^.]{0,16}(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|last night|"
            r"in the morning|this morning)[^.]{0,30}(?:by|on|here|came|arrived|got|next|at|was)[^.]{0,10}(?:monday|tuesday|"
            r"wednesday|thursday|friday|saturday|sunday|today|this morning|the next day|lunch|tonight|noon)|(?:arrived|came|"
            r"here|delivered|shipped|got it|showed up) (?:in|within) (?:just |only |under |less than )?(?:"
        )
        + COUNT
        + r" (?:hours?|days?)|no time|record time)|(?:day|days|week) (?:early|earlier|ahead)",
    ),
    (
        "soon gone",
        -30,
        "M",
        "quality",
        "opinion",
        r"(?:after|within|in|lasted|on) (?:just |only |less than |barely |about |under |the |my |its )*(?:"
        + SPAN
        + (
            r"|first (?:use|wash|day|wear|try|ride|week|time)|day (?:one|two|three|four|1|2|3)|second (?:use|wash|day))[^.!?]{"
            r"0,14}(?:broke|snap|crack|fell|stop|quit|die|dead|tore|tear|ripp|peel|leak|fail|fade|bent|crumbl|useless|gone|"
            r"burn|shr[aiu]nk|unravel|went|pilling|came)[a-z]*|(?:broke|snapped|cracked|fell apart|stopped|quit|died|tore|"
            r"ripped|peeled|leaked|failed|faded|bent|shrunk|shrank|unraveled|unravelled|burned out|burnt out|came apart|"
            r"came off|fell off)[^.!?]{0,16}(?:after|within|in|on) (?:just |only |less than |barely |about |under |the |"
            r"my |its )*(?:"
        )
        + SPAN
        + (
            r"|first|day|second)|won't (?:\w+ )?(?:turn|charge|start|hold|stay|close|open|connect|work|do|fit|stick|light|"
            r"spin|heat|pair)[^.,]{0,8}|(?:doesn't|does not|didn't|don't|isn't|wouldn't|can't|no longer) (?:even |really |"
            r"actually )?(?:work|turn on|charg|stay|hold|stick|clos|open|connect|heat|cool|spin|light|pair|fit together|"
            r"do anything)[a-z]*"
        ),
    ),
    (
        "lasts",
        20,
        "",
        "quality",
        "opinion",
        r"(?:"
        + SPAN
        + (
            r"|years?|months?) (?:later|in|on|now)[^.!?]{0,16}(?:still|going|no |works|strong|perfect|like new|hasn't|and)"
            r"[^.!?,]{0,12}|still (?:works|going|looks?|like new|perfect|my favou?rite|use|using|love|soft|sharp|as good|"
            r"in one piece|warm|smells|hold|run|going strong|strong|wear|tight|no |fresh|the best|bright|white)[^.,]{0,12}|"
            r"survived?[^.,]{0,20}|lasted (?:"
        )
        + SPAN
        + (
            r"|for ages|years|eleven|all)[^.,]{0,10}|(?:no more|no longer) (?:burn|pain|itch|ach|leak|mess|tangl|nois|smell|"
            r"rope|frizz|snoring|sweat|back)[a-z]*|stopped (?:itching|snoring|hurting|aching|leaking|crying|barking|squeaking|"
            r"scratching)"
        ),
    ),
    (
        "loved by others",
        20,
        "",
        "",
        "opinion",
        (
            r"(?:my |the )?(?:husband|wife|kids?|children|son|daughter|toddler|baby|mum|mom|mother|dad|father|grand[a-z]*|"
            r"sister|brother|dog|dogs|cat|cats|puppy|friend|friends|family|whole family|everyone|girlfriend|boyfriend|nephew|"
            r"niece|colleagues?|guests|neighbou?r|students?|pup|kitten)[^.,]{0,14}(?:loves?|loved|likes?|adores?|obsessed|"
            r"can't get enough|fights? over|go(?:es)? mad|crazy for|raves?|thinks i'm a genius|stole it|steals it|asked for th"
            r"e link|wants one|thrilled|approves?|asks? for)[^.,]{0,10}|(?:so many|lots of|loads of|gets?|got|tons of|many|"
            r"constant) compliments"
        ),
    ),
    (
        "recommended on",
        20,
        "",
        "",
        "opinion",
        (
            r"(?:would|will|gonna|going to|i'd|i'll|definitely|definately) (?:definitely |certainly |absolutely |happily |"
            r"gladly |for sure |100% |totally )*(?:buy|order|purchase|recommend|be back|get|come back|shop|use)(?:ing)?(?: (?:"
            r"it|this|from|here|them|these))*(?: again| more| another)?(?! if| when| instead| elsewhere| a better| something)"
            r"|(?:second|third|fourth|fifth|2nd|3rd|4th|5th|sixth) (?:one|pair|time|order|bottle|bag|purchase|set|box)|(?:boug"
            r"ht|ordered|ordering|buying|getting|got) (?:a |my |another |two |three )*(?:second|another|third|more|two more|"
            r"one for|again|agian)[^.,]{0,12}|would i buy again\? yes"
        ),
    ),
    (
        "would not again",
        -30,
        "L",
        "",
        "opinion",
        (
            r"(?:won't|will not|wouldn't|would not|never|not|don't|do not|can't|cannot) (?:\w+ )?(?:be )?(?:buy|order|purchas|"
            r"recommend|shopp?|return|com)(?:e|ing|ed)?(?: (?:it|this|from|here|them|back|these|with))*(?: again| anything|"
            r" to anyone)|(?:would i buy again|recommend)\? no"
        ),
    ),
    (
        "even",
        36,
        "",
        "",
        "neutral",
        (
            r"(?:gift|present) for [a-z' ]{2,24}(?=[,.!]|$)|no idea (?:how|if|whether|what)[^.,]{0,24}|neither [^.,]{1,16} nor"
            r" [^.,]{1,20}|no (?:better|worse) (?:or|and|"
            r"nor|no) (?:better|worse)|not (?:great|good|"
            r"amazing|perfect)[, ]+(?:but )?not (?:terrible|bad|awful|horrible)|nothing (?:special|fancy|amazing|exciting|"
            r"spectacular|to write home about|remarkable|extraordinary|outstanding)|(?:pros?|good|plus)[:.] .{4,160}(?:cons?|"
            r"bad|minus)[:.]|(?:the )?same as (?:the |my |any |every |all )(?:store|other|old|cheap|last|usual|one)[^.,]{0,16}"
            r"|get what (?:you|i) pa(?:y|id) for|haven't [^.,]{2,24} yet|haven't (?:\w+ )?(?:opened|tried|used|tested|worn|"
            r"installed|assembled|read|"
            r"tasted|set)[^.,]{0,14}|(?:too|bit) (?:early|soon) to (?:tell|say|judge)|for (?:what it is|reference)|so far so ("
            r"?:so|meh)|love the [^.,]{1,18}, (?:hate|dislike|not so much|don't love)[^.,]{0,16}"
        ),
    ),
    (
        "question",
        14,
        "",
        "",
        "question",
        (
            r"^(?:hi|hello|hey|good morning)?[,! ]*(?:is|are|does|do|can|could|will|would|when|what|which|how|any|has|have|"
            r"may|please|where can|who)\b[^.!]{3,140}\?|\bis (?:this|it|that|there)\b[^.?!]{0,50}\?|\bdoes (?:it|this|the|"
            r"that)\b[^.?!]{0,50}\?|\bdo you\b[^.?!]{0,50}\?|\bcan (?:i|you|it|we)\b[^.?!]{0,50}\?|\bcould you\b[^.?!]{0,50}|"
            r"\bwill (?:it|this|you)\b[^.?!]{0,50}\?|\bwhich (?:one|size|color|colour)\b|\bany (?:discount|chance|idea|plans)"
            r"\b|please (?:send|change|cancel|add|let me|confirm|advise|ship)(?! it (?:today|now|urgently))[^.!?]{0,20}|"
            r"or sold separately"
        ),
    ),
    ("thread question", 0, "", "", "asks", r"\?\s*$"),
    (
        "put right",
        24,
        "",
        "service",
        "resolved",
        (
            r"(?:refunded|replaced|resolved|fixed|sorted|reshipped|apologi[sz]ed|solved|exchanged|reimbursed|made it right|"
            r"put it right|made things right|tracked down)(?! after)[^.,]{0,16}|(?:sent|shipped|mailed|posted|offered|gave|"
            r"got|received)(?: me| out| us)? (?:a |an |the |another |one )*(?:free |new |full |brand new |exact |prompt |"
            r"immediate )+(?:replacement|one|refund|part|piece|jacket|set|pair|bottle)?|new [a-z]+ was on its way|replacement "
            r"(?:came|arrived|was|within|part|strap|the next)[^.,]{0,14}|free of charge|no questions asked|(?:within|in)"
            r" (?:an |twenty |ten |\d{1,3} |minutes|hours){1,4}[^.,]{0,8}\b(?:they|she|he|a real|replied|answered|fixed|sorted)"
        ),
    ),
    (
        "but for",
        0,
        "",
        "",
        "minor",
        (
            r"only (?:gripe|complaint|issue|downside|thing|problem|wish|negative|con|criticism|drawback|niggle|reason)|minor ("
            r"?:issue|gripe|thing|complaint|niggle|quibble)|other than that|apart from|aside from|except for|except that|"
            r"otherwise|small (?:issue|gripe|complaint)|(?:lost|minus|knocked off|docked) (?:a|one) star|nitpick|my one|"
            r"wish (?:the|it|they)[^.]{0,26}(?:otherwise|but)"
        ),
    ),
    (
        "harm",
        -40,
        "H",
        "quality",
        "opinion",
        (
            r"(?:almost|nearly|could have|could've|narrowly) (?:caught|burn|fell|set|kill|chok|lost|cut|electrocut|crash|"
            r"swallow|hit|slic|start|break|broke|explod|poison|blind)[a-z]*[^.,]{0,20}|(?:found|had|was|were|with|spotted)"
            r" (?:a |an |some |live |dead |tiny |little |two |several )*(?:bug|bugs|worm|worms|maggot|maggots|glass|metal|"
            r"hair|insect|insects|moth|moths|larvae|mold|mould|mouse|fly|flies|cockroach|plastic shard|staple|nail|screw|"
            r"needle|piece of (?:metal|glass|plastic|wire))[^.,]{0,8} in|(?:swelled|swollen|bulg|puff|overheat|melt|smok|"
            r"spark|explod|catch|caught|burst into|set)[a-z]* (?:up |a |the |my |on )*(?:fire|flames|smok|up and|while chargin"
            r"g|during charging)[a-z]*|(?:burn|cut|slic|scald|injur|hurt|bruis|stab|prick|pinch|split)(?:ed|t|s|es)?(?: open)"
            r"? (?:my|his|her|our|their|me|himself|herself|the (?:kid|baby|child|dog|cat))[^.,]{0,14}|(?:rash|hives|welts|"
            r"blisters|swelling|bumps|burns) (?:all |on |over |around |within |after |from)[^.,]{0,14}|(?:brakes?|steering|"
            r"harness|straps?|wheel)[^.,]{0,12}(?:fail|gave out|came off|snapped while|came loose|didn't work)[^.,]{0,12}|"
            r"(?:dog|cat|cats|puppy|pet|fish|kitten|son|daughter|baby|toddler|child|kid|we|i|husband|wife)[^.,]{0,14}(?:vomit|"
            r"threw up|throwing up|got sick|diarrh|seizure|chok|stopped breathing|couldn't breathe|\bill\b|died)[a-z]*"
        ),
    ),
    (
        "to an authority",
        -40,
        "H",
        "",
        "opinion",
        (
            r"(?:report(?:ed|ing)?|complain(?:ed|ing)?|fil(?:ed|ing|e)|contact(?:ed|ing)?|call(?:ed|ing)?|go(?:ing)? to|"
            r"see you in|tak(?:e|ing) (?:you|this|them) to|hear from|tip(?:ped)? off)[^.]{0,20}(?:police|court|authorit|"
            r"customs|trading|lawyer|attorney|solicitor|consumer|agency|regulator|press|news|media|ombudsman|bbb|fda|ftc|"
            r"journalist|tv|sheriff|health)[a-z]*|(?:my|a) (?:lawyer|attorney|solicitor)|legal action|small claims"
        ),
    ),
    (
        "fraud",
        -40,
        "H",
        "service",
        "opinion",
        (
            r"(?:this is|it's|pure|total|complete|straight up|absolute|obvious|such a|what a) (?:a )?(?:scam|fraud|theft|"
            r"con)|charg(?:ed|ing)[^.]{0,20}(?:after (?:i |we )?cancel|without (?:my )?(?:permission|consent|asking|authori[sz"
            r"]ation)|again after|every month)|(?:have|know|posted|published|shared|gave out|threatened)[^.]{0,14}(?:my|"
            r"our) (?:home )?(?:address|phone number|number|personal|data|info)[^.,]{0,10}|(?:pay|transfer|send money|wire)"
            r"[^.]{0,14}(?:outside|off the|directly|via|gift card|friends and family)[^.,]{0,12}|(?:sent|send|shipped|mailed)"
            r"[^.]{0,16}(?:empty (?:box|envelope|package)|a rock|a brick)[^.]{0,16}(?:on purpose|scam|so the|claim|fraud|"
            r"and)"
        ),
    ),
    (
        "less came",
        -30,
        "M",
        "missing_parts",
        "opinion",
        (
            r"(?:box|pack|set|bag|case) of (?:\d+|\w+)[^.]{0,8}(?:had|with|contained|only|but)[^.]{0,6}(?:\d+|\w+ in it)"
            r"|(?:only|just) (?:got|received|sent|came with|contained|found|included)[^.,]{0,10}|only (?:two|three|half)"
            r"(?! (?:year|week|month|day|star|hour|minute)s?)|no (?:charger|manual|remote|instructions|screws?|lid|cable|"
            r"batter(?:y|ies)|adapter|power cord|hardware|bolts|receipt|invoice|cover|case|stand|straps?|filter|bracket|"
            r"tools?|card|plug|cord|hooks|hose)(?: (?:in|was|were|included|at all))?|(?:isn't|wasn't|aren't|weren't|not)"
            r" (?:in the (?:box|package|bag)|there|included|inside|with it)|never (?:included|showed up|came with|got the)"
            r"|missing (?:a |an |the |one |two |three |four |several |some |its |parts?|pieces?)*"
        ),
    ),
    (
        "other than said",
        -28,
        "M",
        "not_as_described",
        "opinion",
        (
            r"(?:ordered|asked for|wanted|paid for|bought|chose|selected|picked)[^.]{1,24}(?:,|and|but) (?:got|received|"
            r"sent|was sent|they sent|it was|came|ended up with)[^.]{1,16}|(?:says|said|listed|advertised|marked|described|"
            r"labell?ed|claims?|sold|listing|page|picture|pictures|photo|photos)[^.]{1,30}(?:(?:but|yet|\.\.)[^.]{0,12}|, )(?:it's|"
            r"is|was|it is|looks?|measures?|only|got|actually|isn't|but you|magnet)[^.]{0,16}|in the (?:pictures?|photos?)"
            r"[^.]{1,26}\. in my[^.]{0,24}|not (?:even )?(?:close|remotely|at all) (?:to |like )?(?:the )?(?:pictures?|what|"
            r"as|photo|description|listing)?[^.,]{0,10}"
        ),
    ),
    ("small change", 0, "", "", "minor", r"(?:a |one )day late but|late but|small but"),
    ("bought for someone", 0, "", "", "block", r"for my [a-z]+'s?"),
)
