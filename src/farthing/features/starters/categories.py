"""The categories a new book begins with: few enough to read at a glance, and all can be changed."""

from farthing.ledger.accounts import AccountKind

STARTER_CATEGORIES = (
    (AccountKind.INCOME, "Salary", ()),
    (AccountKind.INCOME, "Interest", ()),
    (AccountKind.INCOME, "Gifts", ()),
    (AccountKind.INCOME, "Refunds", ()),
    (AccountKind.INCOME, "Other", ()),
    (AccountKind.EXPENSE, "Food", ("Groceries", "Restaurants")),
    (AccountKind.EXPENSE, "Housing", ("Rent", "Utilities", "Internet and Phone", "Repairs")),
    (AccountKind.EXPENSE, "Transport", ("Public Transport", "Car", "Travel")),
    (AccountKind.EXPENSE, "Health", ("Doctor", "Pharmacy", "Sport")),
    (AccountKind.EXPENSE, "Shopping", ("Clothing", "Household", "Electronics")),
    (AccountKind.EXPENSE, "Leisure", ("Books and Media", "Going Out", "Holidays", "Subscriptions")),
    (AccountKind.EXPENSE, "Family", ("Children", "Education", "Pets")),
    (AccountKind.EXPENSE, "Insurance", ()),
    (AccountKind.EXPENSE, "Taxes", ()),
    (AccountKind.EXPENSE, "Fees", ()),
    (AccountKind.EXPENSE, "Gifts and Donations", ()),
)
