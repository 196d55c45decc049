//! Finds the errors that the tests of a file assert. `errors.rs` says what counts.
//!
//! More than 400 lines: expressions, patterns and helper functions refer to each other, so the visitor is one piece.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Block, Expr, File, FnArg, Lit, Macro, Pat, Stmt, Token,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// What a file asserts.
#[derive(Default)]
pub struct Findings {
    pub variants: BTreeSet<String>,
    /// The data files whose lines are asserted, as `include_str!` names them.
    pub data_files: BTreeSet<String>,
}

pub fn findings(file: &File, shared: &Helpers) -> Findings {
    let mut helpers = Helpers::of([file]);
    for (name, positions) in &shared.judged {
        helpers.judged.entry(name.clone()).or_default().extend(positions);
    }
    helpers.stages_are_asserted |= shared.stages_are_asserted;
    let mut constants = Constants::default();
    constants.visit_file(file);
    let mut finder =
        Finder { helpers: &helpers, constants: &constants, compared: BTreeSet::new(), findings: Findings::default() };
    finder.visit_file(file);
    finder.findings
}

/// The variants of `Error` that a file names outside of macros.
pub fn named_errors(file: &File) -> BTreeSet<String> {
    struct Named(Values);
    impl<'file> Visit<'file> for Named {
        fn visit_path(&mut self, path: &'file syn::Path) {
            self.0.add_path(path);
            visit::visit_path(self, path);
        }
    }
    let mut named = Named(Values::default());
    named.visit_file(file);
    named.0.variants
}

/// The functions and closures that compare a parameter: by name, with the positions of these parameters.
#[derive(Default)]
pub struct Helpers {
    judged: BTreeMap<String, BTreeSet<usize>>,
    /// Whether a method `expect` compares `self.verdict`.
    stages_are_asserted: bool,
}

impl Helpers {
    pub fn of<'file>(files: impl IntoIterator<Item = &'file File>) -> Self {
        let files: Vec<_> = files.into_iter().collect();
        let mut helpers = Self::default();
        // A helper may pass its parameter to another helper.
        loop {
            let known: usize = helpers.judged.values().map(BTreeSet::len).sum();
            for file in &files {
                helpers.visit_file(file);
            }
            if helpers.judged.values().map(BTreeSet::len).sum::<usize>() == known {
                return helpers;
            }
        }
    }

    fn add<'pattern>(&mut self, name: &str, parameters: impl Iterator<Item = &'pattern Pat>, body: &Block) {
        let compared = compared_names(body, self);
        for (position, parameter) in parameters.enumerate() {
            if bound_name(parameter).is_some_and(|name| compared.contains(&name)) {
                self.judged.entry(name.to_owned()).or_default().insert(position);
            }
        }
        self.stages_are_asserted |= name == "expect" && compared.contains("self.verdict");
    }
}

impl<'file> Visit<'file> for Helpers {
    fn visit_item_fn(&mut self, function: &'file syn::ItemFn) {
        self.add(&function.sig.ident.to_string(), parameters(&function.sig), &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'file syn::ImplItemFn) {
        self.add(&function.sig.ident.to_string(), parameters(&function.sig), &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_local(&mut self, local: &'file syn::Local) {
        if let (Some(name), Some(Expr::Closure(closure))) = (bound_name(&local.pat), initial_value(local)) {
            let body =
                Block { brace_token: Default::default(), stmts: vec![Stmt::Expr((*closure.body).clone(), None)] };
            self.add(&name, closure.inputs.iter(), &body);
        }
        visit::visit_local(self, local);
    }
}

/// The values of constants, and of local variables that are tables.
#[derive(Default)]
struct Constants(BTreeMap<String, Expr>);

impl<'file> Visit<'file> for Constants {
    fn visit_item_const(&mut self, constant: &'file syn::ItemConst) {
        self.0.insert(constant.ident.to_string(), (*constant.expr).clone());
    }

    fn visit_local(&mut self, local: &'file syn::Local) {
        if let (Some(name), Some(value)) = (bound_name(&local.pat), initial_value(local))
            && rows(value).is_some()
        {
            self.0.insert(name, value.clone());
        }
        visit::visit_local(self, local);
    }
}

struct Finder<'all> {
    helpers: &'all Helpers,
    constants: &'all Constants,
    /// The names that the visited function compares.
    compared: BTreeSet<String>,
    findings: Findings,
}

impl Finder<'_> {
    fn take(&mut self, values: &Values) {
        self.findings.variants.extend(values.variants.iter().cloned());
        for name in &values.names {
            if let Some(constant) = self.constants.0.get(name) {
                self.findings.variants.extend(Values::of(constant).variants);
            }
        }
    }

    fn visit_body(&mut self, body: &Block, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.compared, compared_names(body, self.helpers));
        visit(self);
        self.compared = outer;
    }

    /// Takes the errors in a table's row that the pattern binds to a compared name.
    fn take_bound(&mut self, pattern: &Pat, value: &Expr, compared: &BTreeSet<String>) {
        match (pattern, plain(value)) {
            (Pat::Tuple(pattern), Expr::Tuple(value)) => {
                for (pattern, value) in pattern.elems.iter().zip(&value.elems) {
                    self.take_bound(pattern, value, compared);
                }
            }
            (Pat::Reference(pattern), value) => self.take_bound(&pattern.pat, value, compared),
            (Pat::Ident(name), value) if compared.contains(&name.ident.to_string()) => self.take(&Values::of(value)),
            _ => {}
        }
    }
}

impl<'file> Visit<'file> for Finder<'_> {
    fn visit_item_fn(&mut self, function: &'file syn::ItemFn) {
        self.visit_body(&function.block, |finder| visit::visit_item_fn(finder, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'file syn::ImplItemFn) {
        self.visit_body(&function.block, |finder| visit::visit_impl_item_fn(finder, function));
    }

    fn visit_macro(&mut self, call: &'file Macro) {
        self.take(&compared_values(call));
    }

    fn visit_local(&mut self, local: &'file syn::Local) {
        if let (Some(name), Some(value)) = (bound_name(&local.pat), initial_value(local))
            && self.compared.contains(&name)
        {
            self.take(&Values::of(value));
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_for_loop(&mut self, table: &'file syn::ExprForLoop) {
        let compared = compared_names(&table.body, self.helpers);
        let named = match plain(&table.expr) {
            Expr::Path(path) => path.path.get_ident().and_then(|name| self.constants.0.get(&name.to_string())),
            _ => None,
        };
        for row in rows(named.unwrap_or(&table.expr)).into_iter().flatten() {
            self.take_bound(&table.pat, row, &compared);
        }
        if let (Some(file), Some(stage)) = (data_file(&table.expr), bound_name(&table.pat))
            && self.helpers.stages_are_asserted
            && calls_expect_of(&table.body, &stage)
        {
            self.findings.data_files.insert(file);
        }
        visit::visit_expr_for_loop(self, table);
    }

    fn visit_expr_call(&mut self, call: &'file syn::ExprCall) {
        for argument in judged_arguments(self.helpers, call_name(&call.func), &call.args) {
            self.take(&Values::of(argument));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'file syn::ExprMethodCall) {
        for argument in judged_arguments(self.helpers, Some(call.method.to_string()), &call.args) {
            self.take(&Values::of(argument));
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn judged_arguments<'call>(
    helpers: &Helpers,
    name: Option<String>,
    arguments: &'call Punctuated<Expr, Token![,]>,
) -> impl Iterator<Item = &'call Expr> {
    let positions = name.and_then(|name| helpers.judged.get(&name).cloned()).unwrap_or_default();
    arguments.iter().enumerate().filter(move |(position, _)| positions.contains(position)).map(|(_, argument)| argument)
}

/// The names that a body compares in its assertions, or passes to helpers that compare them.
fn compared_names(body: &Block, helpers: &Helpers) -> BTreeSet<String> {
    struct Names<'all>(BTreeSet<String>, &'all Helpers);
    impl<'body> Visit<'body> for Names<'_> {
        fn visit_macro(&mut self, call: &'body Macro) {
            self.0.extend(compared_values(call).names);
        }

        fn visit_expr_call(&mut self, call: &'body syn::ExprCall) {
            for argument in judged_arguments(self.1, call_name(&call.func), &call.args) {
                self.0.extend(Values::of(argument).names);
            }
            visit::visit_expr_call(self, call);
        }
    }
    let mut names = Names(BTreeSet::new(), helpers);
    names.visit_block(body);
    names.0
}

/// The values that an assertion compares; none for other macros.
fn compared_values(call: &Macro) -> Values {
    let mut values = Values::default();
    let name = call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    let arguments = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).unwrap_or_default();
    match name.trim_start_matches("prop_") {
        "assert_eq" => arguments.iter().take(2).for_each(|argument| values.add(argument)),
        "assert" => arguments.iter().take(1).for_each(|condition| values.add_condition(condition)),
        _ => {}
    }
    values
}

/// The variants of `Error` that an expression can evaluate to or contain, and likewise the names of variables.
#[derive(Default)]
struct Values {
    variants: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Values {
    fn of(expression: &Expr) -> Self {
        let mut values = Self::default();
        values.add(expression);
        values
    }

    fn add(&mut self, expression: &Expr) {
        match plain(expression) {
            Expr::Path(path) => self.add_path(&path.path),
            Expr::Tuple(tuple) => tuple.elems.iter().for_each(|element| self.add(element)),
            Expr::Array(array) => array.elems.iter().for_each(|element| self.add(element)),
            // A constructor: Err, Some.
            Expr::Call(call) if call_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase)) => {
                call.args.iter().for_each(|argument| self.add(argument));
            }
            Expr::Macro(call) if call.mac.path.is_ident("vec") => {
                let elements = call.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
                elements.unwrap_or_default().iter().for_each(|element| self.add(element));
            }
            Expr::Field(field) => {
                if let (Expr::Path(path), syn::Member::Named(member)) = (plain(&field.base), &field.member) {
                    self.names.extend(path.path.get_ident().map(|name| format!("{name}.{member}")));
                }
            }
            Expr::If(choice) => {
                self.add_last(&choice.then_branch);
                choice.else_branch.iter().for_each(|(_, other)| self.add(other));
            }
            Expr::Block(block) => self.add_last(&block.block),
            Expr::Match(choice) => choice.arms.iter().for_each(|arm| self.add(&arm.body)),
            _ => {}
        }
    }

    fn add_last(&mut self, block: &Block) {
        if let Some(Stmt::Expr(expression, None)) = block.stmts.last() {
            self.add(expression);
        }
    }

    /// Adds what a condition compares if it must be true.
    fn add_condition(&mut self, condition: &Expr) {
        match plain(condition) {
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Eq(_)) => {
                self.add(&binary.left);
                self.add(&binary.right);
            }
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
                self.add_condition(&binary.left);
                self.add_condition(&binary.right);
            }
            Expr::MethodCall(call) if call.method == "is_err_and" => {
                if let Some(Expr::Closure(closure)) = call.args.first() {
                    self.add_condition(&closure.body);
                }
            }
            Expr::Macro(call) if call.mac.path.is_ident("matches") => {
                let pattern = call.mac.parse_body_with(|input: syn::parse::ParseStream<'_>| {
                    input.parse::<Expr>()?;
                    input.parse::<Token![,]>()?;
                    let pattern = Pat::parse_multi_with_leading_vert(input)?;
                    input.parse::<proc_macro2::TokenStream>()?;
                    Ok(pattern)
                });
                pattern.iter().for_each(|pattern| self.add_pattern(pattern));
            }
            _ => {}
        }
    }

    /// Adds what a pattern requires. Alternatives require no exact value.
    fn add_pattern(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Path(path) => self.add_path(&path.path),
            Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|element| self.add_pattern(element)),
            Pat::Tuple(tuple) => tuple.elems.iter().for_each(|element| self.add_pattern(element)),
            Pat::Paren(paren) => self.add_pattern(&paren.pat),
            _ => {}
        }
    }

    fn add_path(&mut self, path: &syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        match &segments[..] {
            [name] => self.names.insert(name.clone()),
            [.., kind, variant] if kind == "Error" => self.variants.insert(variant.clone()),
            _ => false,
        };
    }
}

/// The rows of a table that is an array literal, also after `&`, `iter()` and similar.
fn rows(table: &Expr) -> Option<Vec<&Expr>> {
    match plain(table) {
        Expr::Array(array) => Some(array.elems.iter().collect()),
        Expr::MethodCall(call) if call.args.is_empty() => rows(&call.receiver),
        _ => None,
    }
}

/// The file in `stages(include_str!("…"))`.
fn data_file(expression: &Expr) -> Option<String> {
    let Expr::Call(call) = plain(expression) else { return None };
    let Some(Expr::Macro(include)) = call.args.first() else { return None };
    if call_name(&call.func)? != "stages" || !include.mac.path.is_ident("include_str") {
        return None;
    }
    match include.mac.parse_body::<Lit>() {
        Ok(Lit::Str(path)) => Some(path.value()),
        _ => None,
    }
}

fn calls_expect_of(body: &Block, stage: &str) -> bool {
    struct Search<'name>(&'name str, bool);
    impl<'body> Visit<'body> for Search<'_> {
        fn visit_expr_method_call(&mut self, call: &'body syn::ExprMethodCall) {
            let of_stage = matches!(plain(&call.receiver), Expr::Path(path) if path.path.is_ident(self.0));
            self.1 |= of_stage && call.method == "expect";
            visit::visit_expr_method_call(self, call);
        }
    }
    let mut search = Search(stage, false);
    search.visit_block(body);
    search.1
}

/// The expression without parentheses, `&` and `*`.
fn plain(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => plain(&inner.expr),
        Expr::Group(inner) => plain(&inner.expr),
        Expr::Reference(inner) => plain(&inner.expr),
        Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => plain(&inner.expr),
        other => other,
    }
}

fn call_name(function: &Expr) -> Option<String> {
    match plain(function) {
        Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

fn parameters(signature: &syn::Signature) -> impl Iterator<Item = &Pat> {
    signature.inputs.iter().filter_map(|parameter| match parameter {
        FnArg::Typed(parameter) => Some(&*parameter.pat),
        FnArg::Receiver(_) => None,
    })
}

fn bound_name(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(name) => Some(name.ident.to_string()),
        Pat::Type(typed) => bound_name(&typed.pat),
        _ => None,
    }
}

fn initial_value(local: &syn::Local) -> Option<&Expr> {
    local.init.as_ref().map(|init| &*init.expr)
}
