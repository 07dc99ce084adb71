"""propstore side by side with what people use today.

``python -m benchmarks`` measures everything, ``python -m benchmarks store`` one part of it. Each
part is a module with a function ``run(scale)`` that gives tables; the code that uses another tool
is a short file of its own in ``benchmarks/peers``.
"""
