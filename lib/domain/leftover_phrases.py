"""What leftovers look like, as regular expressions: bounded, so that none is slow, and narrow, so that texts pass.

In the languages that a prompt can name: English, Korean, Japanese, Chinese, Spanish, French, German, Portuguese,
Italian, Vietnamese, Indonesian, Thai.
"""

_NOUNS = "|".join(  # stand alone in brackets only as placeholders
    (
        r"link|url|date|name|topic|title|number|city|location|company|product|brand|handle|cta|placeholder",
        r"link here|(?-i:X)|xx+|○+|oo+",  # [x] ticks a box
        r"회사명|이름|링크|제품명|상품명|브랜드명|숫자",
        r"(?:날짜|장소|주제)(?!\][ :：\n])",  # “[장소] 성수동” is how an announcement is laid out
        r"会社名|商品名|お名前|名前|リンク|公司名称?|姓名|链接|产品名称?",
        r"nombre|enlace|empresa|nom|lien|entreprise|firma|firmenname|nome|azienda|tên|nama|tautan|ชื่อ|ลิงก์",
    )
)
_INSTRUCTIONS = "|".join(  # how one to fill something in begins
    (
        r"(?:insert|your|add (?:a|an|the|your|link|name)|enter|name of|company name|inserta|insertar|tu|su)\b",
        r"(?:insérez|votre|ihre?|dein|deine|einfügen|inserir|insira|seu|sua|inserisci|il tuo|chèn|masukkan)\b",
        r"여기에|회사명|이름|삽입|ここに|您的|请?插入|请输入|ใส่",
    )
)
PLACEHOLDERS = (
    rf"\[(?:{_NOUNS})\](?!\()",  # `[link](https://…)` is a link
    rf"\[(?:{_INSTRUCTIONS})[^\]\n]{{0,80}}\](?!\()",
    r"[［【](?:여기에|ここに|请?插入|请输入)[^】］\n]{0,80}[】］]",
    r"<(?:your|insert)\s[^<>\n]{1,40}>",
    r"\((?:insert (?:your|a|the|link|name)|링크 삽입|여기에 (?:링크|이름|회사))[^)\n]{0,60}\)",
    r"lorem ipsum",
    r"\$x{2,}\b|\bx{2,}(?:%|명|개|원)",
    r"^todo: ",
)
VARIABLES = (
    r"(?<!\{)\{(?:date|weekday|month|time|name|topic|recent_titles|angle)\}(?!\})",  # ours
    r"\{(?:first|last|full|user|company|brand|product|customer|your)_?name\}",
    r"\{\{\s{0,3}[^\W\d][\w .]{0,40}\}\}",
    r"\$\{[a-z_]\w{0,40}\}",
    r"\*\|[a-z_]{2,30}\|\*|<<[a-z_]{2,30}>>|%%[a-z_]{2,30}%%",  # of mailing tools
)
TAGS = (
    r"</?(?:date|language|request|topic|audience|voice|example|keywords|never_say|links|recent|angle|part)>",
    r"</?(?:thinking|answer|draft|segments?)>",
)
AI_REMARKS = (
    r"\bas an ai (?:language )?(?:model|assistant)\b",
    r"\bi(?:['’]m| am) (?:just |only )?an ai(?:[,.;!]| language| assistant| model)",
    r"\bi(?: can(?:no|['’])t| am unable to|['’]m unable to| won['’]t) (?:fulfill|comply with|help with|assist with) "
    r"(?:this|that|your) (?:request|task)",
    r"\bmy (?:knowledge|training) cut-?off",
    r"ai ?언어 ?모델(?:로서|이라|이기)|인공지능 (?:언어 )?모델로서",
    r"요청(?:하신 내용은|에는) (?:도와|응해|작성해) ?드릴 수 없",
    r"ai(?:言語モデル|アシスタント)として",
    r"作为(?:一个|一名)?(?:ai|人工智能)(?:语言)?(?:模型|助手)",
    r"como (?:un )?modelo de lenguaje|en tant que modèle de langage|als (?:ki-)?sprachmodell",
    r"como (?:um )?modelo de linguagem|come modello linguistico",
    r"với tư cách là (?:một )?mô hình ngôn ngữ|sebagai model bahasa|ในฐานะโมเดลภาษา",
)
REFUSALS = (
    r"i(?:['’]m| am) sorry, but i (?:can(?:no|['’])t|am unable|won['’]t) (?:help|write|create|assist|provide|do that)",
    r"죄송(?:하지만|합니다만),? (?:이|해당|그) 요청",
    r"申し訳(?:ありません|ございません)が、?(?:その|この|ご)(?:依頼|リクエスト)",
    r"(?:很)?抱歉，?我(?:无法|不能)(?:提供|完成|协助|满足)",
)
_PIECE = r"(?:(?:x|linkedin|blog|twitter) )?(?:post|tweet|thread|draft|caption|article|newsletter|version|rewrite)"
_MENDED = r"(?:revised|rewritten|updated|corrected|requested|shorter|polished|draft)"
OPENING_REMARKS = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely)[!,.:]{1,2}\s{1,2}(?:here|below)(?:['’]s| is| are) "
    rf"(?:your|the|an?|my) (?:[\w-]+ ){{0,4}}{_PIECE}\b",
    rf"here(?:['’]s| is| are) your (?:\w+ ){{0,3}}{_PIECE}\b",
    rf"here(?:['’]s| is| are) (?:the|a|an|my) {_MENDED} ?{_PIECE}?\b[^\n:]{{0,60}}:",
    rf"here(?:['’]s| is) (?:the|a|an) {_PIECE}:",
    r"(?:네|물론(?:이죠|입니다|이에요)|알겠습니다)[,.!]{1,2}\s{0,2}(?:다음은|아래는|요청)",
    r"요청하신 (?:[^\n,.!?]{0,20} )?(?:게시물|포스트|게시글|글|트윗|초안|스레드|수정본|내용|문구|원고|블로그|뉴스레터)"
    r"[^\n]{0,20}(?:입니다|드립니다|예요)",
    r"(?:다음은|아래는) [^\n]{0,30}(?:게시물|포스트|게시글|트윗|초안|스레드|수정본)(?:입니다|이에요|예요)",
    r"(?:はい、|もちろん[^\n]{0,4}|承知[^\n]{0,8})(?:以下|こちら)",
    r"以下(?:は|が)[^\n]{0,30}(?:投稿|ツイート|下書き|文案|原稿)です",
    r"(?:好的|当然)[，,！!][^\n]{0,6}以下|以下是(?:为您|您要求|根据您|为你)",
    r"(?:¡?(?:claro|por supuesto)[!,. ]{1,3})?¡?aquí (?:tienes|está) (?:el|la|un|una|tu) "
    r"(?:post|publicación|tuit|borrador|hilo)\b",
    r"(?:bien sûr[ !,.]{1,3})?voici (?:le|la|un|une|votre|ton) (?:post|publication|tweet|brouillon|fil)\b[^\n:]{0,60}:",
    r"hier ist (?:der|dein|ihr|ein) (?:beitrag|post|tweet|entwurf|thread)\b[^\n:]{0,60}:",
    r"aqui está (?:o|a|um|uma|o seu|seu|sua) (?:post|publicação|tweet|rascunho)\b",
    r"ecco (?:il|la|un|una)(?: tuo| tua)? (?:post|bozza|tweet)\b[^\n:]{0,60}:",
    r"đây là (?:bài (?:đăng|viết) (?:mà )?bạn yêu cầu|bản nháp)",
    r"berikut (?:adalah )?(?:postingan|draf|utas)[^\n:]{0,60}:",
    r"นี่คือ(?:โพสต์|ร่าง)",
)
LABELS = (
    r"(?:draft|option|version|tweet|post|x post|linkedin post|blog post|caption|title|subject(?: line)?)"
    r"(?: ?\d{1,2}(?: ?(?:/|of) ?\d{1,2})?)?[*]{0,2} ?[:：]",
    r"(?:제목|본문|게시물|트윗|초안|件名|タイトル|本文|标题|正文|betreff|asunto|objet|oggetto|assunto)[*]{0,2} ?[:：]",
)
_EDIT = r"(?:revise|adjust|change|rewrite|shorten|tweak|edit|make (?:it|this)|modify)"
CLOSING_REMARKS = (
    rf"let me know if you(?:['’]d like| would like|['’]d prefer| want| need) me to {_EDIT}",
    r"let me know if you(?:['’]d like| would like| want| need) any (?:changes|edits|revisions)",
    r"let me know if you(?:['’]d like| would like| want| need) (?:a|another) (?:(?:different|shorter|longer) )?"
    r"(?:version|tone|draft)(?! of\b)",
    rf"would you like me to {_EDIT}(?! your\b)",
    r"feel free to (?:adjust|edit|tweak|modify|customi[sz]e) (?:it|this|the (?:text|post|tone))",
    r"[(\[]~?\d{1,5} ?(?:characters|chars|words|자|글자|文字|字)[)\]]\s{0,3}\Z",
    r"(?:character|word) count ?: ?~?\d[^\n]{0,20}\Z|글자 ?수 ?[:：] ?약? ?\d[^\n]{0,12}\Z",
    r"(?:원하시면|필요하시면)[^\n]{0,30}(?:수정|변경|다시 작성|다듬어)[^\n]{0,6}드[리릴려]",
    r"修正が必要でしたら|如果?需要(?:修改|调整)",
    r"si quieres, puedo (?:cambiar|ajustar|acortar)|lass mich wissen, (?:ob|wenn|falls) ich",
)
MARKDOWN = (
    r"(?<![\d*])\*{2,3}(?=[^\s*])[^*\n]{1,200}(?<=\S)\*\*",
    r"^#{1,6} (?!of\b)\S",
    r"^ {0,3}(?:```|~~~)",
    r"\[[^\[\]\n]{1,200}\]\([^()\s]{1,500}\)",
    r"^\|[ :|-]{3,100}\|\s?$",
)
ESCAPES = (
    r"&(?:amp|lt|gt|quot|apos|nbsp|hellip|[mn]dash|[lr][sd]quo|#\d{2,6}|#x[0-9a-f]{2,5});",
    r"</?(?:p|b|i|u|s|a|br|hr|em|strong|small|div|span|ul|ol|li|img|table|t[rdh]|h[1-6]|script|style|iframe|svg|video|"
    r"audio|object|embed|form|input|button|link|meta|base)(?=[\s/>])[^<>]{0,500}>",
    r"<(?:script|style|iframe|svg|img)\b",
    r"<!--|<!doctype\b",
)
RAW_HTML = (  # what Markdown passes on as it is
    r"</?[a-z][a-z0-9-]{0,40}(?=[\s/>])[^<>]{0,1000}>",
    r"<(?:script|style|pre|textarea|iframe|svg|img|object|embed|meta|base|link)(?![\w:.@-])",
    r"<!--|<\?|<![a-z\[]",
)
JSON = (
    r"\"(?:text|segments|title|body)\"\s{0,4}:\s{0,4}[\"\[]",
    r"\\u[0-9a-f]{4}",
    r"\"\s{0,4}[\]}]\s{0,4}\}?\s{0,4}\Z",
)
JSON_BEGUN = (r"\s{0,4}[{\[]\s{0,4}[\"{]",)
