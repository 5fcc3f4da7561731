//! Invented names of places and people, by number: in Chinese, and in Latin letters.

/// Characters that places begin with, and how they are said.
const FIRST: [(&str, &str); 59] = [
    ("云", "Yun"),
    ("青", "Qing"),
    ("河", "He"),
    ("江", "Jiang"),
    ("林", "Lin"),
    ("湖", "Hu"),
    ("岭", "Ling"),
    ("石", "Shi"),
    ("玉", "Yu"),
    ("金", "Jin"),
    ("银", "Yin"),
    ("松", "Song"),
    ("竹", "Zhu"),
    ("梅", "Mei"),
    ("兰", "Lan"),
    ("桂", "Gui"),
    ("柳", "Liu"),
    ("枫", "Feng"),
    ("荷", "Hua"),
    ("东", "Dong"),
    ("西", "Xi"),
    ("南", "Nan"),
    ("北", "Bei"),
    ("春", "Chun"),
    ("秋", "Qiu"),
    ("明", "Ming"),
    ("清", "Ching"),
    ("白", "Bai"),
    ("红", "Hong"),
    ("紫", "Zi"),
    ("丹", "Dan"),
    ("碧", "Bi"),
    ("龙", "Long"),
    ("凤", "Fung"),
    ("鹤", "Ho"),
    ("鹿", "Lu"),
    ("马", "Ma"),
    ("雁", "Yan"),
    ("溪", "Sii"),
    ("泉", "Quan"),
    ("沙", "Sha"),
    ("田", "Tian"),
    ("桥", "Qiao"),
    ("塔", "Ta"),
    ("楼", "Lou"),
    ("长", "Chang"),
    ("永", "Yong"),
    ("新", "Xin"),
    ("和", "Hee"),
    ("平", "Ping"),
    ("安", "An"),
    ("兴", "Xing"),
    ("庆", "Keng"),
    ("福", "Fu"),
    ("寿", "Shou"),
    ("康", "Kang"),
    ("宁", "Ning"),
    ("泰", "Tai"),
    ("嘉", "Jia"),
];
/// Characters that they end with.
const LAST: [(&str, &str); 53] = [
    ("州", "zhou"),
    ("陵", "ling"),
    ("川", "chuan"),
    ("宁", "ning"),
    ("阳", "yang"),
    ("原", "yuan"),
    ("泽", "ze"),
    ("浦", "pu"),
    ("湾", "wan"),
    ("港", "gang"),
    ("城", "cheng"),
    ("关", "guan"),
    ("山", "shan"),
    ("水", "shui"),
    ("坪", "ping"),
    ("坝", "ba"),
    ("滩", "tan"),
    ("洲", "zhow"),
    ("岛", "dao"),
    ("屿", "yu"),
    ("峰", "feng"),
    ("岩", "yan"),
    ("谷", "gu"),
    ("沟", "gou"),
    ("池", "chi"),
    ("塘", "tang"),
    ("井", "jing"),
    ("津", "jin"),
    ("渡", "du"),
    ("集", "ji"),
    ("镇", "zhen"),
    ("堡", "bao"),
    ("寨", "zhai"),
    ("营", "ying"),
    ("台", "tai"),
    ("亭", "ting"),
    ("门", "men"),
    ("口", "kou"),
    ("头", "tou"),
    ("尾", "wei"),
    ("里", "li"),
    ("坊", "fang"),
    ("乡", "xiang"),
    ("庄", "zhuang"),
    ("园", "yuen"),
    ("圃", "puu"),
    ("苑", "yuann"),
    ("林", "lin"),
    ("森", "sen"),
    ("野", "ye"),
    ("坡", "po"),
    ("冈", "kang"),
    ("丘", "qiu"),
];
const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹",
    "袁", "邓", "许", "傅", "沈", "曾", "彭", "欧阳",
];
const GIVEN: [&str; 37] = [
    "晓", "雨", "明", "芳", "强", "丽", "伟", "静", "磊", "敏", "洋", "艳", "勇", "娟", "涛", "霞",
    "超", "婷", "刚", "雪", "平", "梅", "辉", "玲", "鹏", "颖", "飞", "琳", "凯", "慧", "波", "洁",
    "宁", "欣", "航", "萌", "远",
];
const LATIN_GIVEN: [&str; 19] = [
    "Amélie", "Björn", "Chiara", "Dmitri", "Élodie", "Fatima", "Grace", "Hamid", "Ingrid", "José",
    "Katya", "Liam", "Marta", "Noor", "Olga", "Priya", "Seán", "Tomás", "Zoë",
];
const LATIN_FAMILY: [&str; 17] = [
    "Abara",
    "Bianchi",
    "Costa",
    "Duarte",
    "Eriksen",
    "Farouk",
    "García",
    "Hansen",
    "Ito",
    "Jensen",
    "Kovač",
    "Lindqvist",
    "Müller",
    "Novák",
    "O’Brien",
    "Petrova",
    "Sørensen",
];
/// One of so many people has a name in Latin letters.
const LATIN_EVERY: usize = 9;

/// A place.
pub(super) struct Place {
    pub chinese: String,
    pub latin: String,
}

/// The place with this number on a level of the tree; no two of a level are the same below 3 127.
pub(super) fn place(level: usize, number: usize) -> Place {
    // The lengths have no common divisor, so that pairs repeat only after all of them.
    let (first, first_latin) = FIRST[(number + level * 17) % FIRST.len()];
    let (last, last_latin) = LAST[(number + level * 29) % LAST.len()];
    Place { chinese: format!("{first}{last}"), latin: format!("{first_latin}{last_latin}") }
}

/// The name of the person with this number.
pub(super) fn person_name(number: usize) -> String {
    if number % LATIN_EVERY == LATIN_EVERY - 1 {
        let given = LATIN_GIVEN[number % LATIN_GIVEN.len()];
        let family = LATIN_FAMILY[number / LATIN_EVERY % LATIN_FAMILY.len()];
        return format!("{given} {family}");
    }
    let surname = SURNAMES[number % SURNAMES.len()];
    let first = GIVEN[number / 3 % GIVEN.len()];
    match number % 4 {
        0 => format!("{surname}{first}"),
        _ => format!("{surname}{first}{}", GIVEN[(number / 7 + 5) % GIVEN.len()]),
    }
}
