//! The cache of introspection responses: what it finds, for how long, and what it evicts.

use certbound::{
    Binding, Introspection, IntrospectionCache, IntrospectionSlot, Policy, UnixTime, ffi_support,
    introspection_scratch_len, limits,
};

use crate::support::NOW;

const SECONDS: u64 = 60;

/// A cache of 8 responses of at most 64 bytes.
fn with_cache<T>(body: impl FnOnce(&mut IntrospectionCache<'_>) -> T) -> T {
    let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 8], [0xaa; 8 * 64]);
    body(&mut IntrospectionCache::new(&mut slots, &mut texts))
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

fn remember(cache: &mut IntrospectionCache<'_>, token: &str, response: &str) {
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let policy = Policy::new("", &[]).binding(Binding::IfPresent);
    let accepted = Introspection::verify_against(&policy, response.as_bytes(), None, at(NOW), &mut scratch).unwrap();
    cache.remember(token.as_bytes(), &accepted, at(NOW), SECONDS);
}

fn recall(cache: &mut IntrospectionCache<'_>, token: &str, now: u64, seconds: u64) -> Option<String> {
    cache.recall(token.as_bytes(), at(now), seconds).map(|text| String::from_utf8(text.to_vec()).unwrap())
}

/// The response for this number.
fn response(number: usize) -> String {
    format!(r#"{{"active":true,"jti":"{number}"}}"#)
}

#[test]
fn a_response_is_found_for_its_token_alone() {
    with_cache(|cache| {
        remember(cache, "one", &response(1));
        remember(cache, "two", &response(2));
        assert_eq!(recall(cache, "one", NOW, SECONDS), Some(response(1)));
        assert_eq!(recall(cache, "two", NOW, SECONDS), Some(response(2)));
        assert_eq!(recall(cache, "three", NOW, SECONDS), None);
        assert_eq!(recall(cache, "", NOW, SECONDS), None);
    });
}

#[test]
fn a_response_is_found_until_its_time_is_up() {
    with_cache(|cache| {
        remember(cache, "token", &response(1));
        for (now, seconds, found) in [
            (NOW, 0, false),
            (NOW, 1, true),
            (NOW + 1, 1, false),
            (NOW + SECONDS - 1, SECONDS, true),
            (NOW + SECONDS, SECONDS, false),
            (NOW + SECONDS, u64::MAX, true),
            // A clock that was set back does not make a response younger.
            (NOW - 1, SECONDS, false),
        ] {
            assert_eq!(recall(cache, "token", now, seconds).is_some(), found, "{now} {seconds}");
        }
    });
}

#[test]
fn a_response_is_never_found_after_its_exp() {
    with_cache(|cache| {
        let expiring = format!(r#"{{"active":true,"exp":{}}}"#, NOW + 10);
        remember(cache, "token", &expiring);
        assert_eq!(recall(cache, "token", NOW + 9, SECONDS), Some(expiring));
        assert_eq!(recall(cache, "token", NOW + 10, SECONDS), None);
    });
}

#[test]
fn a_newer_response_replaces_the_older_one() {
    with_cache(|cache| {
        remember(cache, "token", &response(1));
        remember(cache, "token", &response(2));
        assert_eq!(recall(cache, "token", NOW, SECONDS), Some(response(2)));
        // The older response must not come back if the newer one is too long.
        remember(cache, "token", &format!(r#"{{"active":true,"jti":"{}"}}"#, "x".repeat(64)));
        assert_eq!(recall(cache, "token", NOW, SECONDS), None);
    });
}

#[test]
fn a_response_may_have_as_many_bytes_as_its_part() {
    let padded =
        |len: usize| format!(r#"{{"active":true,"jti":"{}"}}"#, "x".repeat(len - r#"{"active":true,"jti":""}"#.len()));
    with_cache(|cache| {
        assert_eq!(cache.response_len(), 64);
        remember(cache, "longest", &padded(64));
        remember(cache, "too long", &padded(65));
        assert_eq!(recall(cache, "longest", NOW, SECONDS), Some(padded(64)));
        assert_eq!(recall(cache, "too long", NOW, SECONDS), None);
    });
    // Nothing fits into a cache without slots or without texts.
    let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 8], [0; 8]);
    for cache in [&mut IntrospectionCache::new(&mut [], &mut texts), &mut IntrospectionCache::new(&mut slots, &mut [])]
    {
        remember(cache, "token", &response(1));
        assert_eq!((recall(cache, "token", NOW, SECONDS), cache.response_len()), (None, 0));
    }
}

/// Slots that no cache has prepared have no part of the texts: they must not share the first one.
#[test]
fn slots_that_no_cache_has_prepared_hold_nothing() {
    let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 8], [0; 8 * 64]);
    let cache = &mut ffi_support::resume_introspection_cache(&mut slots, &mut texts, 0);
    for number in 1..=2 {
        remember(cache, &format!("token {number}"), &response(number));
    }
    assert_eq!([1, 2].map(|number| recall(cache, &format!("token {number}"), NOW, SECONDS)), [None, None]);

    // The same slots, after a cache has prepared them.
    let turn = ffi_support::introspection_cache_turn(&IntrospectionCache::new(&mut slots, &mut texts));
    let cache = &mut ffi_support::resume_introspection_cache(&mut slots, &mut texts, turn);
    for number in 1..=2 {
        remember(cache, &format!("token {number}"), &response(number));
    }
    let found = [1, 2].map(|number| recall(cache, &format!("token {number}"), NOW, SECONDS));
    assert_eq!(found, [1, 2].map(|number| Some(response(number))));
}

/// Texts move with their slots: no token gets the response of another one, however many are stored.
#[test]
fn a_full_cache_evicts_the_least_recently_used_responses() {
    with_cache(|cache| {
        let tokens: Vec<_> = (0..1000).map(|number| format!("token {number}")).collect();
        for (number, token) in tokens.iter().enumerate() {
            remember(cache, token, &response(number));
            assert_eq!(recall(cache, token, NOW, SECONDS), Some(response(number)));
            // Used all the time, so never evicted.
            if number >= limits::CACHE_WAYS {
                assert_eq!(recall(cache, &tokens[0], NOW, SECONDS), Some(response(0)), "{number}");
            }
        }
        let found = tokens.iter().enumerate().filter_map(|(number, token)| {
            let found = recall(cache, token, NOW, SECONDS)?;
            assert_eq!(found, response(number));
            Some(number)
        });
        assert_eq!(found.count(), 8);
    });
}

#[test]
fn a_long_response_evicts_nothing() {
    with_cache(|cache| {
        for number in 0..100 {
            remember(cache, &format!("token {number}"), &response(number));
        }
        let found = |cache: &mut IntrospectionCache<'_>| {
            (0..100).filter(|number| recall(cache, &format!("token {number}"), NOW, SECONDS).is_some()).count()
        };
        assert_eq!(found(cache), 8);
        for number in 0..100 {
            let long = format!(r#"{{"active":true,"jti":"{}"}}"#, "x".repeat(64));
            remember(cache, &format!("long {number}"), &long);
        }
        assert_eq!(found(cache), 8);
    });
}
