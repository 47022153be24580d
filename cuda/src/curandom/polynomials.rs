//! Primitive polynomials over the field of two elements, in their order: each belongs to a dimension of Sobol's
//! sequence.

/// Polynomials as numbers whose bits are the coefficients: 11, or 1011 in binary, is x³ + x + 1. Endless, as far as
/// 64 bits go: x + 1, x² + x + 1 and so on.
pub(crate) fn primitive_polynomials() -> impl Iterator<Item = u64> {
    (1..32).flat_map(|degree| {
        let order = (1_u64 << degree) - 1;
        let factors = prime_factors(order);
        let candidates = ((1_u64 << degree) + 1..1 << (degree + 1)).step_by(2);
        candidates.filter(move |polynomial| is_primitive(*polynomial, degree, order, &factors))
    })
}

/// Whether the powers of x, modulo the polynomial, are all that is not zero: whether its order is `order` and no
/// divisor of that.
fn is_primitive(polynomial: u64, degree: u32, order: u64, factors: &[u64]) -> bool {
    let power = |exponent| power_of_x(exponent, polynomial, degree);
    power(order) == 1 && factors.iter().all(|factor| power(order / factor) != 1)
}

fn power_of_x(mut exponent: u64, polynomial: u64, degree: u32) -> u64 {
    let (mut result, mut base) = (1, if degree == 1 { 2 ^ polynomial } else { 2 });
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = product(result, base, polynomial, degree);
        }
        base = product(base, base, polynomial, degree);
        exponent >>= 1;
    }
    result
}

fn product(mut a: u64, mut b: u64, polynomial: u64, degree: u32) -> u64 {
    let mut result = 0;
    while b != 0 {
        if b & 1 == 1 {
            result ^= a;
        }
        b >>= 1;
        a <<= 1;
        if a >> degree & 1 == 1 {
            a ^= polynomial;
        }
    }
    result
}

fn prime_factors(mut number: u64) -> Vec<u64> {
    let mut factors = Vec::new();
    let mut divisor = 2;
    while divisor * divisor <= number {
        if number.is_multiple_of(divisor) {
            factors.push(divisor);
            while number.is_multiple_of(divisor) {
                number /= divisor;
            }
        }
        divisor += 1;
    }
    if number > 1 {
        factors.push(number);
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_the_known_ones() {
        let first: Vec<u64> = primitive_polynomials().take(11).collect();
        assert_eq!(first, [3, 7, 11, 13, 19, 25, 37, 41, 47, 55, 59]);
    }

    /// Of degree n there are φ(2ⁿ - 1) / n.
    #[test]
    fn there_are_as_many_as_theory_says() {
        let of_degree = |degree: u32| {
            let polynomials =
                primitive_polynomials().skip_while(move |polynomial| *polynomial >> degree == 0);
            polynomials
                .take_while(move |polynomial| polynomial >> (degree + 1) == 0)
                .count()
        };
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(of_degree),
            [1, 1, 2, 2, 6, 6, 18, 16, 48, 60]
        );
    }
}
