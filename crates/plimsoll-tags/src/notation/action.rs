//! The notation of [docker/metadata-action](https://github.com/docker/metadata-action), as of its version 6.2.0.
//!
//! | module | what |
//! |---|---|
//! | [`record`] | lists of lines, and one line as a CSV record of attributes |
//! | [`expression`] | `{{branch}}`, `{{date 'YYYY' tz='UTC'}}`: a small language of its own |
//! | [`moment`] | date formats |
//! | [`pattern`] | regular expressions as JavaScript means them |
//! | [`kind`] | the eight types of rules, one file each |
//! | [`rule`] | one rule |
//! | [`flavor`] | `latest`, and a prefix and suffix for all rules |
//! | [`images`] | names of images |
//! | [`context`] | what a rule may depend on |
//! | [`evaluation`] | the image tags of a list of rules |
//! | [`metadata`] | labels and annotations |
//! | [`amount`] | the rule of the short notation that a rule amounts to, from which its class follows |
//!
//! What the action accepts is accepted and means the same, with these exceptions: an expression that it does not
//! document is refused instead of being empty, an unknown time zone is refused instead of ignored, and a `priority`
//! must be a whole number. Attributes that do nothing for a type are kept in [`rule::Rule::ignored`].
//!
//! The action compiles its expressions with Handlebars. What it documents of them is one name with at most a format
//! and a time zone, without blocks, partials or paths: too little for a template engine, which would also have to be
//! bent to Handlebars' escaping. So the language is read here, and what is not documented is an error with a place.

pub mod amount;
pub mod context;
pub mod evaluation;
pub mod expression;
pub mod flavor;
pub mod images;
pub mod kind;
pub mod metadata;
pub mod moment;
pub mod pattern;
pub mod record;
pub mod rule;
