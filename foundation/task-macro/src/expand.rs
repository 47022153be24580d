//! What stands in place of the attribute.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Error, ItemFn, Result};

use crate::signature::argument_types;

/// The function, and behind it either its entry or the error. The function stays in any case, so that its other uses
/// raise no errors of their own. A lint that would have its arguments borrowed is silenced: they must be owned.
pub(crate) fn expand(system: &str, arguments: &TokenStream, item: &TokenStream) -> TokenStream {
    let submitted = submit(system, arguments, item);
    let submitted = submitted.unwrap_or_else(|error| error.to_compile_error());
    quote! {
        #[allow(clippy::needless_pass_by_value)]
        #item
        #submitted
    }
}

fn submit(system: &str, arguments: &TokenStream, item: &TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[task]` has no options"));
    }
    let function: ItemFn = syn::parse2(item.clone()).map_err(|error| {
        Error::new(
            error.span(),
            format!("a task is a function with a body: {error}"),
        )
    })?;
    let types = argument_types(&function.sig)?;
    let name = &function.sig.ident;
    let system = Ident::new(system, Span::call_site());
    let conditions = function
        .attrs
        .iter()
        .filter(|attribute| is_condition(attribute));
    Ok(quote! {
        #(#conditions)*
        const _: () = {
            ::#system::__private::inventory::submit! {
                ::#system::__private::Entry::new(
                    || ::core::any::type_name_of_val(&#name),
                    |arguments| ::#system::__private::prepare::<(#(#types,)*), _>(#name, arguments),
                )
            }
        };
    })
}

/// A function that is not there has no entry.
fn is_condition(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::expand;
    use proc_macro2::TokenStream;

    const ALLOWED: &str = "# [allow (clippy :: needless_pass_by_value)]";

    fn expanded(arguments: &TokenStream, item: &TokenStream) -> String {
        expand("system", arguments, item).to_string()
    }

    #[test]
    fn the_function_stays_as_it_is_and_an_entry_follows() {
        let function = quote! {
            /// Documented.
            #[inline]
            pub(crate) fn f(mut a: u32, (b, c): (String, Vec<u8>)) -> Option<u64> { None }
        };
        let text = expanded(&quote!(), &function);
        let rest = text.strip_prefix(ALLOWED).unwrap();
        let entry = rest
            .trim_start()
            .strip_prefix(&function.to_string())
            .unwrap();
        assert!(
            entry.contains(":: system :: __private :: inventory :: submit !"),
            "{entry}"
        );
        assert!(
            entry.contains("prepare :: < (u32 , (String , Vec < u8 >) ,) , _ > (f , arguments)"),
            "{entry}"
        );
    }

    #[test]
    fn a_function_under_a_condition_has_its_entry_under_the_same() {
        let text = expanded(&quote!(), &quote! { #[cfg(unix)] #[inline] fn f() {} });
        assert_eq!(text.matches("# [cfg (unix)]").count(), 2, "{text}");
        assert_eq!(text.matches("# [inline]").count(), 1, "{text}");
    }

    #[test]
    fn what_is_no_task_is_told_why() {
        let cases = [
            (quote! { async fn f() {} }, "cannot be async"),
            ("unsafe fn f() {}".parse().unwrap(), "cannot be unsafe"),
            (quote! { extern "C" fn f() {} }, "without a foreign ABI"),
            (quote! { fn f<T>(a: T) {} }, "cannot be generic"),
            (quote! { fn f<'a>(a: Cow<'a, str>) {} }, "cannot be generic"),
            (
                quote! { fn f(a: impl Fn()) {} },
                "name the type in place of `impl`",
            ),
            (quote! { fn f(a: &str) {} }, "take an owned value"),
            (
                quote! { fn f() -> &'static str { "" } },
                "take an owned value",
            ),
            (quote! { fn f(&self) {} }, "not a method"),
            (
                quote! { fn f(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8) {} },
                "at most 8 arguments",
            ),
            (quote! { struct F; }, "a task is a function with a body"),
            (quote! { fn f(); }, "a task is a function with a body"),
        ];
        for (item, reason) in cases {
            let text = expanded(&quote!(), &item);
            let rest = text.strip_prefix(ALLOWED).unwrap();
            assert!(rest.trim_start().starts_with(&item.to_string()), "{text}");
            assert!(
                text.contains("compile_error") && text.contains(reason),
                "{item}: {text}"
            );
            assert!(!text.contains("submit"), "{text}");
        }
        let text = expanded(&quote!(name = "f"), &quote! { fn f() {} });
        assert!(text.contains("has no options"), "{text}");
    }
}
