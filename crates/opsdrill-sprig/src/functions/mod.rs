//! All functions: one file per family, one row per function.

mod certificates;
mod chance;
mod ciphers;
mod dates;
mod defaults;
mod dictionaries;
mod encoding;
mod hashes;
mod lists;
mod network;
mod numbers;
mod passwords;
pub mod paths;
pub mod patterns;
mod reflection;
mod strings;
pub mod urls;
mod versions;
mod words;

use opsdrill_template::Type::{Any, Float, Int, List, Map, Native, Text};
use opsdrill_template::{Function, Type, Value};

pub use patterns::compile as regular_expression;

use crate::surroundings::Surroundings;

type Answer = Result<Value, String>;

/// What a function does.
#[derive(Clone, Copy)]
enum Body {
    /// It looks at its arguments alone.
    Pure(fn(&[Value]) -> Answer),
    /// It asks for chance or the time.
    Asking(fn(&Surroundings, &[Value]) -> Answer),
}

use Body::{Asking, Pure};

/// A function: its name, its parameters, the type of any more, and what it does.
type Row = (&'static str, &'static [Type], Option<Type>, Body);

const ONE: &[Type] = &[Any];
const TWO: &[Type] = &[Any, Any];
const TEXT: &[Type] = &[Text];
const TEXTS: &[Type] = &[Text, Text];
const THREE_TEXTS: &[Type] = &[Text, Text, Text];
const INT: &[Type] = &[Int];
const INT_TEXT: &[Type] = &[Int, Text];
const CERTIFIED: &[Type] = &[Text, List, List, Int];
const MORE: Option<Type> = Some(Any);
const TIME: Type = Native("time.Time");
const CERTIFICATE: Type = Native("sprig.certificate");

/// Every function that Helm keeps, in alphabetical order within its family.
const FUNCTIONS: &[Row] = &[
    // Texts.
    ("abbrev", INT_TEXT, None, Pure(strings::abbrev)),
    ("abbrevboth", &[Int, Int, Text], None, Pure(strings::abbrevboth)),
    ("cat", &[], MORE, Pure(strings::cat)),
    ("contains", TEXTS, None, Pure(strings::contains)),
    ("hasPrefix", TEXTS, None, Pure(strings::has_prefix)),
    ("hasSuffix", TEXTS, None, Pure(strings::has_suffix)),
    ("hello", &[], None, Pure(strings::hello)),
    ("indent", INT_TEXT, None, Pure(strings::indent)),
    ("lower", TEXT, None, Pure(strings::lower)),
    ("nindent", INT_TEXT, None, Pure(strings::nindent)),
    ("plural", &[Text, Text, Int], None, Pure(strings::plural)),
    ("quote", &[], MORE, Pure(strings::quote)),
    ("repeat", INT_TEXT, None, Pure(strings::repeat)),
    ("replace", THREE_TEXTS, None, Pure(strings::replace)),
    ("squote", &[], MORE, Pure(strings::squote)),
    ("substr", &[Int, Int, Text], None, Pure(strings::substr)),
    ("title", TEXT, None, Pure(strings::title)),
    ("toString", ONE, None, Pure(strings::to_string)),
    ("trim", TEXT, None, Pure(strings::trim)),
    ("trimAll", TEXTS, None, Pure(strings::trim_all)),
    ("trimPrefix", TEXTS, None, Pure(strings::trim_prefix)),
    ("trimSuffix", TEXTS, None, Pure(strings::trim_suffix)),
    ("trimall", TEXTS, None, Pure(strings::trim_all)),
    ("trunc", INT_TEXT, None, Pure(strings::trunc)),
    ("untitle", TEXT, None, Pure(strings::untitle)),
    ("upper", TEXT, None, Pure(strings::upper)),
    // Words.
    ("camelcase", TEXT, None, Pure(words::camelcase)),
    ("initials", TEXT, None, Pure(words::initials)),
    ("kebabcase", TEXT, None, Pure(words::kebabcase)),
    ("nospace", TEXT, None, Pure(words::nospace)),
    ("snakecase", TEXT, None, Pure(words::snakecase)),
    ("swapcase", TEXT, None, Pure(words::swapcase)),
    ("wrap", INT_TEXT, None, Pure(words::wrap)),
    ("wrapWith", &[Int, Text, Text], None, Pure(words::wrap_with)),
    // Numbers.
    ("add", &[], MORE, Pure(numbers::add)),
    ("add1", ONE, None, Pure(numbers::add1)),
    ("add1f", ONE, None, Pure(numbers::add1f)),
    ("addf", &[], MORE, Pure(numbers::addf)),
    ("atoi", TEXT, None, Pure(numbers::atoi)),
    ("biggest", ONE, MORE, Pure(numbers::max)),
    ("ceil", ONE, None, Pure(numbers::ceil)),
    ("div", TWO, None, Pure(numbers::div)),
    ("divf", ONE, MORE, Pure(numbers::divf)),
    ("float64", ONE, None, Pure(numbers::to_float64)),
    ("floor", ONE, None, Pure(numbers::floor)),
    ("int", ONE, None, Pure(numbers::to_int)),
    ("int64", ONE, None, Pure(numbers::to_int64)),
    ("max", ONE, MORE, Pure(numbers::max)),
    ("maxf", ONE, MORE, Pure(numbers::maxf)),
    ("min", ONE, MORE, Pure(numbers::min)),
    ("minf", ONE, MORE, Pure(numbers::minf)),
    ("mod", TWO, None, Pure(numbers::modulo)),
    ("mul", ONE, MORE, Pure(numbers::mul)),
    ("mulf", ONE, MORE, Pure(numbers::mulf)),
    ("round", &[Any, Int], Some(Float), Pure(numbers::round)),
    ("seq", &[], Some(Int), Pure(numbers::seq)),
    ("sub", TWO, None, Pure(numbers::sub)),
    ("subf", ONE, MORE, Pure(numbers::subf)),
    ("toDecimal", ONE, None, Pure(numbers::to_decimal)),
    ("until", INT, None, Pure(numbers::until)),
    ("untilStep", &[Int, Int, Int], None, Pure(numbers::until_step)),
    // Defaults.
    ("all", &[], MORE, Pure(defaults::all)),
    ("any", &[], MORE, Pure(defaults::any)),
    ("coalesce", &[], MORE, Pure(defaults::coalesce)),
    ("default", ONE, MORE, Pure(defaults::default)),
    ("empty", ONE, None, Pure(defaults::empty)),
    ("ternary", &[Any, Any, Type::Bool], None, Pure(defaults::ternary)),
    // Lists.
    ("append", TWO, None, Pure(lists::append)),
    ("chunk", &[Int, Any], None, Pure(lists::chunk)),
    ("compact", ONE, None, Pure(lists::compact)),
    ("concat", &[], MORE, Pure(lists::concat)),
    ("first", ONE, None, Pure(lists::first)),
    ("has", TWO, None, Pure(lists::has)),
    ("initial", ONE, None, Pure(lists::initial)),
    ("join", &[Text, Any], None, Pure(lists::join)),
    ("last", ONE, None, Pure(lists::last)),
    ("list", &[], MORE, Pure(lists::make)),
    ("mustAppend", TWO, None, Pure(lists::append)),
    ("mustChunk", &[Int, Any], None, Pure(lists::chunk)),
    ("mustCompact", ONE, None, Pure(lists::compact)),
    ("mustFirst", ONE, None, Pure(lists::first)),
    ("mustHas", TWO, None, Pure(lists::has)),
    ("mustInitial", ONE, None, Pure(lists::initial)),
    ("mustLast", ONE, None, Pure(lists::last)),
    ("mustPrepend", TWO, None, Pure(lists::prepend)),
    ("mustPush", TWO, None, Pure(lists::append)),
    ("mustRest", ONE, None, Pure(lists::rest)),
    ("mustReverse", ONE, None, Pure(lists::reverse)),
    ("mustSlice", ONE, MORE, Pure(lists::slice)),
    ("mustUniq", ONE, None, Pure(lists::uniq)),
    ("mustWithout", ONE, MORE, Pure(lists::without)),
    ("prepend", TWO, None, Pure(lists::prepend)),
    ("push", TWO, None, Pure(lists::append)),
    ("rest", ONE, None, Pure(lists::rest)),
    ("reverse", ONE, None, Pure(lists::reverse)),
    ("slice", ONE, MORE, Pure(lists::slice)),
    ("sortAlpha", ONE, None, Pure(lists::sort_alpha)),
    ("split", TEXTS, None, Pure(lists::split)),
    ("splitList", TEXTS, None, Pure(lists::split_list)),
    ("splitn", &[Text, Int, Text], None, Pure(lists::splitn)),
    ("toStrings", ONE, None, Pure(lists::to_strings)),
    ("tuple", &[], MORE, Pure(lists::make)),
    ("uniq", ONE, None, Pure(lists::uniq)),
    ("without", ONE, MORE, Pure(lists::without)),
    // Dictionaries.
    ("deepCopy", ONE, None, Pure(dictionaries::deep_copy)),
    ("dict", &[], MORE, Pure(dictionaries::make)),
    ("dig", &[], MORE, Pure(dictionaries::dig)),
    ("get", &[Map, Text], None, Pure(dictionaries::get)),
    ("hasKey", &[Map, Text], None, Pure(dictionaries::has_key)),
    ("keys", &[], Some(Map), Pure(dictionaries::keys)),
    ("merge", &[Map], Some(Map), Pure(dictionaries::merge)),
    ("mergeOverwrite", &[Map], Some(Map), Pure(dictionaries::merge_overwrite)),
    ("mustDeepCopy", ONE, None, Pure(dictionaries::deep_copy)),
    ("mustMerge", &[Map], Some(Map), Pure(dictionaries::merge)),
    ("mustMergeOverwrite", &[Map], Some(Map), Pure(dictionaries::merge_overwrite)),
    ("omit", &[Map], Some(Text), Pure(dictionaries::omit)),
    ("pick", &[Map], Some(Text), Pure(dictionaries::pick)),
    ("pluck", TEXT, Some(Map), Pure(dictionaries::pluck)),
    ("set", &[Map, Text, Any], None, Pure(dictionaries::set)),
    ("unset", &[Map, Text], None, Pure(dictionaries::unset)),
    ("values", &[Map], None, Pure(dictionaries::values)),
    // Reflection.
    ("deepEqual", TWO, None, Pure(reflection::deep_equal)),
    ("kindIs", &[Text, Any], None, Pure(reflection::kind_is)),
    ("kindOf", ONE, None, Pure(reflection::kind_of)),
    ("typeIs", &[Text, Any], None, Pure(reflection::type_is)),
    ("typeIsLike", &[Text, Any], None, Pure(reflection::type_is_like)),
    ("typeOf", ONE, None, Pure(reflection::type_of)),
    // Encoding and sums.
    ("adler32sum", TEXT, None, Pure(hashes::adler32sum)),
    ("b32dec", TEXT, None, Pure(encoding::b32dec)),
    ("b32enc", TEXT, None, Pure(encoding::b32enc)),
    ("b64dec", TEXT, None, Pure(encoding::b64dec)),
    ("b64enc", TEXT, None, Pure(encoding::b64enc)),
    ("sha1sum", TEXT, None, Pure(hashes::sha1sum)),
    ("sha256sum", TEXT, None, Pure(hashes::sha256sum)),
    ("sha512sum", TEXT, None, Pure(hashes::sha512sum)),
    // Cryptography.
    ("bcrypt", TEXT, None, Asking(passwords::bcrypt)),
    ("buildCustomCert", TEXTS, None, Pure(certificates::custom)),
    ("decryptAES", TEXTS, None, Pure(ciphers::decrypt)),
    (
        "derivePassword",
        &[Type::Uint32, Text, Text, Text, Text],
        None,
        Asking(passwords::derive_password),
    ),
    ("encryptAES", TEXTS, None, Asking(ciphers::encrypt)),
    ("genCA", &[Text, Int], None, Asking(certificates::ca)),
    ("genCAWithKey", &[Text, Int, Text], None, Asking(certificates::ca_with_key)),
    ("genPrivateKey", TEXT, None, Asking(certificates::private_key)),
    ("genSelfSignedCert", CERTIFIED, None, Asking(certificates::self_signed)),
    (
        "genSelfSignedCertWithKey",
        &[Text, List, List, Int, Text],
        None,
        Asking(certificates::self_signed_with_key),
    ),
    ("genSignedCert", &[Text, List, List, Int, CERTIFICATE], None, Asking(certificates::signed_by)),
    (
        "genSignedCertWithKey",
        &[Text, List, List, Int, CERTIFICATE, Text],
        None,
        Asking(certificates::signed_with_key),
    ),
    ("htpasswd", TEXTS, None, Asking(passwords::htpasswd)),
    // Chance.
    ("randAlpha", INT, None, Asking(chance::alpha)),
    ("randAlphaNum", INT, None, Asking(chance::alphanumeric)),
    ("randAscii", INT, None, Asking(chance::ascii)),
    ("randBytes", INT, None, Asking(chance::bytes)),
    ("randInt", &[Int, Int], None, Asking(chance::int_between)),
    ("randNumeric", INT, None, Asking(chance::numeric)),
    ("shuffle", TEXT, None, Asking(chance::shuffle)),
    ("uuidv4", &[], None, Asking(chance::uuid)),
    // Dates.
    ("ago", ONE, None, Asking(dates::ago)),
    ("date", &[Text, Any], None, Asking(dates::date)),
    ("dateInZone", &[Text, Any, Text], None, Asking(dates::date_in_zone)),
    ("dateModify", &[Text, TIME], None, Pure(dates::date_modify)),
    ("date_in_zone", &[Text, Any, Text], None, Asking(dates::date_in_zone)),
    ("date_modify", &[Text, TIME], None, Pure(dates::date_modify)),
    ("duration", ONE, None, Pure(dates::duration)),
    ("durationRound", ONE, None, Asking(dates::duration_round)),
    ("htmlDate", ONE, None, Asking(dates::html_date)),
    ("htmlDateInZone", &[Any, Text], None, Asking(dates::html_date_in_zone)),
    ("mustDateModify", &[Text, TIME], None, Pure(dates::must_date_modify)),
    ("mustToDate", TEXTS, None, Pure(dates::must_to_date)),
    ("must_date_modify", &[Text, TIME], None, Pure(dates::must_date_modify)),
    ("now", &[], None, Asking(dates::now)),
    ("toDate", TEXTS, None, Pure(dates::to_date)),
    ("unixEpoch", &[TIME], None, Pure(dates::unix_epoch)),
    // Versions.
    ("semver", TEXT, None, Pure(versions::semver)),
    ("semverCompare", TEXTS, None, Pure(versions::semver_compare)),
    // Regular expressions.
    ("mustRegexFind", TEXTS, None, Pure(patterns::must_find)),
    ("mustRegexFindAll", &[Text, Text, Int], None, Pure(patterns::must_find_all)),
    ("mustRegexMatch", TEXTS, None, Pure(patterns::must_match)),
    ("mustRegexReplaceAll", THREE_TEXTS, None, Pure(patterns::must_replace_all)),
    ("mustRegexReplaceAllLiteral", THREE_TEXTS, None, Pure(patterns::must_replace_all_literal)),
    ("mustRegexSplit", &[Text, Text, Int], None, Pure(patterns::must_split)),
    ("regexFind", TEXTS, None, Pure(patterns::find)),
    ("regexFindAll", &[Text, Text, Int], None, Pure(patterns::find_all)),
    ("regexMatch", TEXTS, None, Pure(patterns::is_match)),
    ("regexQuoteMeta", TEXT, None, Pure(patterns::quote_meta)),
    ("regexReplaceAll", THREE_TEXTS, None, Pure(patterns::replace_all)),
    ("regexReplaceAllLiteral", THREE_TEXTS, None, Pure(patterns::replace_all_literal)),
    ("regexSplit", &[Text, Text, Int], None, Pure(patterns::split)),
    // Paths, addresses, the network.
    ("base", TEXT, None, Pure(paths::base)),
    ("clean", TEXT, None, Pure(paths::clean)),
    ("dir", TEXT, None, Pure(paths::dir)),
    ("ext", TEXT, None, Pure(paths::ext)),
    ("getHostByName", TEXT, None, Pure(network::host_by_name)),
    ("isAbs", TEXT, None, Pure(paths::is_abs)),
    ("osBase", TEXT, None, Pure(paths::base)),
    ("osClean", TEXT, None, Pure(paths::clean)),
    ("osDir", TEXT, None, Pure(paths::dir)),
    ("osExt", TEXT, None, Pure(paths::ext)),
    ("osIsAbs", TEXT, None, Pure(paths::is_abs)),
    ("urlJoin", &[Map], None, Pure(urls::url_join)),
    ("urlParse", TEXT, None, Pure(urls::url_parse)),
];

/// All functions, with what Go takes from the machine.
pub fn functions(surroundings: &Surroundings) -> Vec<Function> {
    let function = |(name, parameters, rest, body): &Row| {
        let name = *name;
        match *body {
            Pure(body) => Function::new(name, parameters, *rest, body),
            Asking(body) => {
                let surroundings = surroundings.clone();
                Function::new(name, parameters, *rest, move |it| body(&surroundings, it))
            }
        }
    };
    FUNCTIONS.iter().map(function).collect()
}
