"""What a signature refuses to promise."""

import pytest
from pydantic import ValidationError

from app.signature import Column


@pytest.mark.parametrize(
    ("dtype", "category"), [("float64", 1), ("int64", 1.0), ("int64", True), ("bool", 1), ("string", 1)]
)
def test_a_category_is_of_its_columns_dtype(dtype, category):
    with pytest.raises(ValidationError, match=f"is not of its dtype {dtype}"):
        Column(name="x", dtype=dtype, categories=(category,))
